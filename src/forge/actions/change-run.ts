import type { Conclusion, Status } from '../../protocol/run.ts';
import type { Forge } from '../forge.ts';
import type { RunRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { runRow } from './find-run.ts';
import { raiseRunEvent } from './open-runs.ts';

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
    if (completed) raiseRunEvent(forge, run, 'completed');
    return run;
  });
}
