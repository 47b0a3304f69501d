import type { Forge } from '../forge.ts';
import type { CheckRun, CommitStatus } from '../rows.ts';

/** The newest status of each context of a commit. */
export function latestStatuses(forge: Forge, repositoryId: number, sha: string): readonly CommitStatus[] {
  const latest = new Map<string, CommitStatus>();
  for (const status of forge.store.statuses.by('commit', `${repositoryId}/${sha}`)) {
    latest.delete(status.context);
    latest.set(status.context, status);
  }
  return [...latest.values()].reverse();
}

/** The newest check run of each name, App and suite's kind of a commit. */
export function latestCheckRuns(forge: Forge, repositoryId: number, sha: string): readonly CheckRun[] {
  const latest = new Map<string, CheckRun>();
  for (const run of forge.store.checkRuns.by('commit', `${repositoryId}/${sha}`)) {
    const suite = forge.store.checkSuites.get(run.suiteId);
    const workflow = suite?.runId === undefined ? '' : (forge.store.runs.get(suite.runId)?.workflowId ?? '');
    const key = `${run.appId}\n${workflow}\n${run.name}`;
    latest.delete(key);
    latest.set(key, run);
  }
  return [...latest.values()].reverse();
}

export type RollupState = 'SUCCESS' | 'FAILURE' | 'ERROR' | 'PENDING' | 'EXPECTED';

/** All checks of a commit taken together, as GraphQL's statusCheckRollup; undefined where there is none. */
export function rollup(forge: Forge, repositoryId: number, sha: string): RollupState | undefined {
  const states = [
    ...latestStatuses(forge, repositoryId, sha).map((one) => one.state.toUpperCase()),
    ...latestCheckRuns(forge, repositoryId, sha).map(checkState),
  ];
  if (states.length === 0) return undefined;
  if (states.includes('FAILURE') || states.includes('ERROR')) return 'FAILURE';
  return states.includes('PENDING') ? 'PENDING' : 'SUCCESS';
}

function checkState(run: CheckRun): 'SUCCESS' | 'FAILURE' | 'PENDING' {
  if (run.status !== 'completed') return 'PENDING';
  return ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '') ? 'SUCCESS' : 'FAILURE';
}
