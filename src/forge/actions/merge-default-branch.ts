import type { Forge } from '../forge.ts';
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
  const account = requireAccount(identity);
  const folder = repositoryFolder(forge, repository.id);
  const ref = `refs/heads/${branch}`;
  const [base, head] = [readRef(folder, ref), readRef(folder, `refs/heads/${repository.defaultBranch}`)];
  if (base === undefined || head === undefined || (await isAncestor({ folder }, head, base))) return false;
  const conflict = new ApiError(409, `Conflict merging ${repository.defaultBranch} into ${branch}.`);
  const at = timestamp(forge);
  const merge = await makeMerge(folder, {
    base,
    head,
    method: 'merge',
    message: `Merge branch '${repository.defaultBranch}' into ${branch}`,
    author: { name: account.name ?? account.login, email: noreplyEmail(account), at },
    committer: githubCommitter(at),
  });
  if ('conflict' in merge) throw conflict;
  signCommit(forge, merge.sha);
  const updates = [{ ref, before: base, after: merge.sha }];
  const [outcome] = await moveRefs(forge, { repository, identity, updates, via: 'api' });
  if (outcome?.outcome !== 'moved') throw conflict;
  return true;
}
