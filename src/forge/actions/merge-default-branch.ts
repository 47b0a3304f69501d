import type { Forge } from '../forge.ts';
import { throwRefusal } from '../git/edit-ref.ts';
import { githubCommitter, makeMerge } from '../git/merge.ts';
import { moveRefs } from '../git/move-refs.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { signCommit } from '../git/signed-commits.ts';
import { ApiError, type Identity } from '../http.ts';
import { requireAccount } from '../permissions.ts';
import { noreplyEmail } from '../present/account.ts';
import type { Repository } from '../rows.ts';
import { isAncestor } from '../rules/history.ts';
import { timestamp } from '../timestamp.ts';

/** Merges the default branch into a branch that is behind it; says whether there was anything to merge. @throws ApiError 409 */
export async function mergeDefaultBranch(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  branch: string,
): Promise<boolean> {
  const head = readRef(repositoryFolder(forge, repository.id), `refs/heads/${repository.defaultBranch}`);
  if (head === undefined) return false;
  const message = `Merge branch '${repository.defaultBranch}' into ${branch}`;
  const conflict = `Conflict merging ${repository.defaultBranch} into ${branch}.`;
  return (await mergeInto(forge, identity, repository, { branch, head, message, conflict })) !== undefined;
}

/** Merges a commit into a branch and answers the merge; undefined where the branch has it already. @throws ApiError 409 */
export async function mergeInto(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  wanted: { readonly branch: string; readonly head: string; readonly message: string; readonly conflict?: string },
): Promise<string | undefined> {
  const account = requireAccount(identity);
  const { branch, head, message, conflict = 'Merge conflict' } = wanted;
  const folder = repositoryFolder(forge, repository.id);
  const ref = `refs/heads/${branch}`;
  const base = readRef(folder, ref);
  if (base === undefined || (await isAncestor({ folder }, head, base))) return undefined;
  const at = timestamp(forge);
  const author = { name: account.name ?? account.login, email: noreplyEmail(account), at };
  const committer = githubCommitter(at);
  const merge = await makeMerge(folder, { base, head, method: 'merge', message, author, committer });
  if ('conflict' in merge) throw new ApiError(409, conflict);
  signCommit(forge, merge.sha);
  const updates = [{ ref, before: base, after: merge.sha }];
  const [outcome] = await moveRefs(forge, { repository, identity, updates, via: 'api' });
  if (outcome !== undefined) throwRefusal(outcome, conflict, 409);
  return merge.sha;
}
