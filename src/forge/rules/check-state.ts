import { latestCheckRuns } from '../checks/latest-checks.ts';
import type { Forge } from '../forge.ts';
import type { CheckRun } from '../rows.ts';

/** What stands in the way: nothing reported, not begun, running, a pending status, or a bad end. */
export type CheckState = 'passed' | 'expected' | 'queued' | 'in progress' | 'pending' | 'failing';

export interface RequiredCheck {
  readonly context: string;
  /** Only what this App reported counts. */
  readonly integrationId?: number;
}

const passing = new Set(['success', 'neutral', 'skipped']);
const worst: readonly CheckState[] = ['failing', 'pending', 'in progress', 'queued', 'expected', 'passed'];

/** The latest status of the context and the latest check run of the name by each App and workflow: all must pass. */
export function checkState(forge: Forge, repositoryId: number, sha: string, check: RequiredCheck): CheckState {
  const key = `${repositoryId}/${sha}`;
  const counts = (appId: number | null): boolean => check.integrationId === undefined || check.integrationId === appId;
  const status = forge.store.statuses
    .by('commit', key)
    .findLast((one) => one.context === check.context && counts(one.appId));
  const states = latestCheckRuns(forge, repositoryId, sha)
    .filter((one) => one.name === check.context && counts(one.appId))
    .map(runState);
  if (status !== undefined) states.push(statusState(status.state));
  return worst.find((state) => states.includes(state)) ?? 'expected';
}

function runState(run: CheckRun): CheckState {
  if (run.status === 'completed') return passing.has(run.conclusion ?? '') ? 'passed' : 'failing';
  return run.status === 'in_progress' ? 'in progress' : 'queued';
}

function statusState(state: string): CheckState {
  if (state === 'success') return 'passed';
  return state === 'pending' ? 'pending' : 'failing';
}
