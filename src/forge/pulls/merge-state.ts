import { latestCheckRuns, latestStatuses } from '../checks/latest-checks.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import type { Pull } from '../rows.ts';
import { evaluateMerge } from '../rules/evaluate-merge.ts';

export type MergeState = 'BEHIND' | 'BLOCKED' | 'CLEAN' | 'DIRTY' | 'DRAFT' | 'UNKNOWN' | 'UNSTABLE';

/**
 * GraphQL's mergeStateStatus of a settled pull request. Who may bypass a rule still sees BLOCKED, as on GitHub:
 * the state is about the pull request, the merge about who merges.
 */
export async function mergeState(forge: Forge, pull: Pull, identity: Identity): Promise<MergeState> {
  if (pull.state === 'closed' || pull.owed !== undefined) return 'UNKNOWN';
  if (pull.mergeRefSha === null) return 'DIRTY';
  if (pull.draft) return 'DRAFT';
  const { violations, bypassed } = await evaluateMerge(forge, pull, identity);
  const unmet = [...violations, ...bypassed];
  if (unmet.length > 0) return unmet.every((one) => one.kind === 'behind') ? 'BEHIND' : 'BLOCKED';
  return checksPass(forge, pull) ? 'CLEAN' : 'UNSTABLE';
}

function checksPass(forge: Forge, pull: Pull): boolean {
  const statuses = latestStatuses(forge, pull.repositoryId, pull.headSha);
  const runs = latestCheckRuns(forge, pull.repositoryId, pull.headSha);
  return (
    statuses.every((one) => one.state === 'success') &&
    runs.every((one) => one.status === 'completed' && ['success', 'neutral', 'skipped'].includes(one.conclusion ?? ''))
  );
}
