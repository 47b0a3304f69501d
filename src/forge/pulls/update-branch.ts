import type { Forge } from '../forge.ts';
import { throwRefusal } from '../git/edit-ref.ts';
import { githubCommitter, makeMerge } from '../git/merge.ts';
import { moveRefs } from '../git/move-refs.ts';
import { copyCommit, repositoryFolder } from '../git/repository-folder.ts';
import { signCommit } from '../git/signed-commits.ts';
import { ApiError, type Identity } from '../http.ts';
import { maintainedBranches, requireAccount, requirePermission } from '../permissions.ts';
import { noreplyEmail } from '../present/account.ts';
import type { Pull } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { repositoryOf } from './find-pull.ts';
import { isAncestor, settlePull } from './settle-pull.ts';

/** Merges the base into the head branch. @throws ApiError 422 */
export async function updateBranch(
  forge: Forge,
  identity: Identity,
  asked: Pull,
  sha: string | undefined,
): Promise<void> {
  const account = requireAccount(identity);
  const pull = (await settlePull(forge, asked.id)) ?? asked;
  const repository = repositoryOf(forge, { repositoryId: pull.headRepositoryId });
  if (!maintainedBranches(forge, identity, repository).includes(pull.headRef))
    requirePermission(forge, identity, repository, 'contents', 'write');
  if (sha !== undefined && sha !== pull.headSha) {
    throw new ApiError(422, words.headNotCurrent());
  }
  const folder = repositoryFolder(forge, pull.repositoryId);
  if (await isAncestor(folder, pull.baseSha, pull.headSha)) {
    throw new ApiError(422, words.nothingNewOnBase());
  }
  const at = timestamp(forge);
  if (repository.id !== pull.repositoryId) await copyCommit(forge, pull.repositoryId, repository.id, pull.baseSha);
  const made = await makeMerge(repositoryFolder(forge, repository.id), {
    base: pull.headSha,
    head: pull.baseSha,
    method: 'merge',
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
    author: { name: account.name ?? account.login, email: noreplyEmail(account), at },
    committer: githubCommitter(at),
  });
  if ('conflict' in made) throw new ApiError(422, words.baseConflict());
  signCommit(forge, made.sha);
  const updates = [{ ref: `refs/heads/${pull.headRef}`, before: pull.headSha, after: made.sha }];
  const [outcome] = await moveRefs(forge, { repository, identity, updates, via: 'api' });
  if (outcome !== undefined) throwRefusal(outcome, 'Head branch was modified.');
  await settlePull(forge, pull.id);
}
