import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { noreplyEmail } from '../present/account.ts';
import type { Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { throwRefusal } from './edit-ref.ts';
import { commitTree, githubCommitter, type Signature } from './merge.ts';
import { moveRefs } from './move-refs.ts';
import { isTreePath, type TreeChange, writeBlob, writeTree } from './objects.ts';
import { readRef, zeroSha } from './refs.ts';
import { repositoryFolder } from './repository-folder.ts';
import { signCommit } from './signed-commits.ts';

export interface FileChange {
  readonly path: string;
  /** null deletes the file. */
  readonly content: Uint8Array | null;
  /** Of a file that keeps being executable or a link; `100644` unless given. */
  readonly mode?: string;
}

export interface FilesCommit {
  readonly repository: Repository;
  readonly identity: Identity;
  /** Without `refs/heads/`. It must be there, but for the first commit of an empty repository. */
  readonly branch: string;
  /** The commit the branch must still point to. */
  readonly expectedHead?: string;
  readonly files: readonly FileChange[];
  readonly message: string;
  readonly author?: Signature;
  readonly committer?: Signature;
}

/** Who commits through the API, unless the request says otherwise. */
export function apiAuthor(forge: Forge, identity: Identity): Signature {
  const at = timestamp(forge);
  const { account } = identity;
  return account === undefined
    ? githubCommitter(at)
    : { name: account.name ?? account.login, email: noreplyEmail(account), at };
}

/**
 * One commit on a branch without a clone; rules are asked as ever.
 * @throws ApiError 404 no such branch, 409 the branch moved or rules refuse, 422 a path that cannot be
 */
export async function commitFiles(forge: Forge, request: FilesCommit): Promise<{ sha: string; parent: string | null }> {
  const { repository, identity, branch, message } = request;
  const folder = repositoryFolder(forge, repository.id);
  const ref = `refs/heads/${branch}`;
  const head = readRef(folder, ref);
  const stale = new ApiError(409, words.branchMoved(request.expectedHead ?? ''));
  if (request.expectedHead !== undefined && request.expectedHead !== head) throw stale;
  const changes: TreeChange[] = [];
  for (const { path, content, mode = '100644' } of request.files) {
    if (!isTreePath(path)) throw new ApiError(422, words.badPath());
    changes.push({ path, mode, sha: content === null ? null : await writeBlob(folder, content) });
  }
  const author = request.author ?? apiAuthor(forge, identity);
  const sha = await commitTree(folder, {
    tree: await writeTree(folder, head, changes),
    parents: head === undefined ? [] : [head],
    message,
    author,
    committer: request.committer ?? request.author ?? githubCommitter(author.at),
  });
  // As on GitHub, whoever names another author or committer gets no signature for it.
  if (request.author === undefined && request.committer === undefined) signCommit(forge, sha);
  const updates = [{ ref, before: head ?? zeroSha, after: sha }];
  const [outcome] = await moveRefs(forge, { repository, identity, updates, via: 'api' });
  if (outcome !== undefined) throwRefusal(outcome, `is at ${readRef(folder, ref)} but expected ${head}`, 409);
  return { sha, parent: head ?? null };
}
