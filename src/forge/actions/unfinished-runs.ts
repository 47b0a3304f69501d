import type { WorkflowEvent } from '../../protocol/event.ts';
import type { Forge } from '../forge.ts';
import type { JobRow, RunRow } from '../rows.ts';
import { jobsOf } from './find-run.ts';

export interface UnfinishedRun {
  readonly run: RunRow;
  readonly event: WorkflowEvent;
  readonly jobs: readonly JobRow[];
  readonly rerun?: 'all' | 'failed' | number;
}

/** Runs that a killed lab left, oldest first; those whose rerun is still in the outbox come from there. */
export function unfinishedRuns(forge: Forge): readonly UnfinishedRun[] {
  const { store } = forge;
  const coming = new Set(
    [...store.outbox.values()].map((row) => (row.command.kind === 'rerun' ? row.command.runId : 0)),
  );
  return [...store.runs.values()].flatMap((run) => {
    const event = store.events.get(run.eventId);
    if (run.status === 'completed' || coming.has(run.id) || event === undefined) return [];
    return [{ run, event, jobs: jobsOf(forge, run), ...(run.rerun === undefined ? {} : { rerun: run.rerun }) }];
  });
}
