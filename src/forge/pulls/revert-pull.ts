import type { Forge } from '../forge.ts';
import { apiAuthor } from '../git/commit-files.ts';
import { createRef } from '../git/edit-ref.ts';
import { commitTree, githubCommitter, revertTree } from '../git/merge.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { signCommit } from '../git/signed-commits.ts';
import { ApiError, type Identity } from '../http.ts';
import { fullNameOf, requireAccount, requirePermission } from '../permissions.ts';
import type { Pull } from '../rows.ts';
import { words } from '../words.ts';
import { createPull } from './create-pull.ts';
import { repositoryOf } from './find-pull.ts';

/** Opens a pull request that takes a merged one back. @throws ApiError 403, and 422 where it is not merged or conflicts. */
export async function revertPull(
  forge: Forge,
  identity: Identity,
  pull: Pull,
  input: { readonly title?: string | undefined; readonly body?: string | undefined; readonly draft?: boolean },
): Promise<Pull> {
  requireAccount(identity);
  const repository = repositoryOf(forge, pull);
  requirePermission(forge, identity, repository, 'contents', 'write');
  if (!pull.merged || pull.mergeCommitSha === null) throw new ApiError(422, words.notMerged());
  const folder = repositoryFolder(forge, repository.id);
  const base = readRef(folder, `refs/heads/${pull.baseRef}`);
  if (base === undefined) throw new ApiError(422, words.baseGone());
  const tree = await revertTree(folder, base, { before: pull.baseSha, after: pull.mergeCommitSha });
  if (tree === undefined) throw new ApiError(422, words.revertConflicts());
  const title = input.title ?? `Revert "${pull.title}"`;
  const author = apiAuthor(forge, identity);
  const message = `${title}\n\nThis reverts commit ${pull.mergeCommitSha}.`;
  const sha = await commitTree(folder, {
    tree,
    parents: [base],
    message,
    author,
    committer: githubCommitter(author.at),
  });
  signCommit(forge, sha);
  const branch = freeName(folder, `revert-${pull.number}-${pull.headRef}`);
  await createRef(forge, { repository, identity, ref: `refs/heads/${branch}` }, sha);
  return createPull(forge, identity, {
    repository,
    title,
    body: input.body ?? `Reverts ${fullNameOf(forge, repository)}#${pull.number}`,
    head: branch,
    base: pull.baseRef,
    draft: input.draft,
  });
}

function freeName(folder: string, name: string): string {
  if (readRef(folder, `refs/heads/${name}`) === undefined) return name;
  for (let count = 1; ; count += 1) {
    if (readRef(folder, `refs/heads/${name}-${count}`) === undefined) return `${name}-${count}`;
  }
}
