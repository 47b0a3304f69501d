import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { closeIssuesOf } from '../issues/closing-keywords.ts';
import type { Pull } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { repositoryOf } from './find-pull.ts';
import { raiseOwed } from './raise-owed.ts';

/** Records that the base branch reached a pull request's merge, or its head by a push. Inside a transaction. */
export function finishMerge(
  forge: Forge,
  pull: Pull,
  move: { readonly before: string; readonly after: string; readonly identity: Identity },
): void {
  const at = timestamp(forge);
  const { owed, merging, ...rest } = pull;
  const { deleteBranchOnMerge } = repositoryOf(forge, pull);
  const merged: Pull = {
    ...rest,
    // Branches of forks are not this repository's to delete.
    ...(deleteBranchOnMerge && merging !== undefined && pull.headRepositoryId === pull.repositoryId
      ? { headToDelete: merging.actor }
      : {}),
    state: 'closed',
    merged: true,
    mergedAt: at,
    closedAt: at,
    updatedAt: at,
    mergedById: merging?.actor.accountId ?? move.identity.account?.id ?? pull.authorId,
    mergeCommitSha: move.after,
    baseSha: merging === undefined ? pull.baseSha : move.before,
  };
  // What nobody has heard of yet comes before its end; no merge was made for it.
  raiseOwed(forge, owed, { ...rest, mergeRefSha: null });
  forge.store.pulls.put(merged);
  const repository = repositoryOf(forge, pull);
  raiseEvent(forge, { name: 'pull_request', action: 'closed', repository, identity: move.identity, pull: merged });
  closeIssuesOf(forge, repository, merged, move.identity);
}
