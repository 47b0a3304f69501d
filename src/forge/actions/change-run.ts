import type { Conclusion, Status } from '../../protocol/run.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { RunRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { runRow } from './find-run.ts';
import { raiseRunEvent } from './open-runs.ts';
import { actionsIdentity } from './raise-job-events.ts';

export interface RunChange {
  readonly status: Status;
  readonly conclusion?: Conclusion;
  readonly title?: string;
}

/** Records how far a run is and raises workflow_run when that is news. A completed attempt stays as it is. */
export function changeRun(forge: Forge, runId: number, change: RunChange): RunRow {
  return forge.store.transaction(() => {
    const before = runRow(forge, runId);
    if (before.status === 'completed') return before;
    const now = timestamp(forge);
    const completed = change.status === 'completed';
    const run: RunRow = {
      ...before,
      status: change.status,
      conclusion: completed ? (change.conclusion ?? 'success') : null,
      title: change.title ?? before.title,
      startedAt: before.startedAt ?? (change.status === 'in_progress' || completed ? now : null),
      updatedAt: now,
    };
    forge.store.runs.put(run);
    if (run.status === 'in_progress' && before.startedAt === null) raiseRunEvent(forge, run, 'in_progress');
    if (completed) {
      raiseRunEvent(forge, run, 'completed');
      raiseSuite(forge, run);
    }
    return run;
  });
}

/** Webhooks are told of the suite's end too. */
function raiseSuite(forge: Forge, run: RunRow): void {
  const repository = forge.store.repositories.get(run.repositoryId);
  const checkSuite = forge.store.checkSuites.get(run.suiteId);
  if (repository === undefined || checkSuite === undefined) return;
  const identity = actionsIdentity(forge);
  raiseEvent(forge, { name: 'check_suite', action: 'completed', repository, identity, checkSuite });
}
