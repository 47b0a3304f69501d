import type { Forge } from '../forge.ts';
import type { JobRow } from '../rows.ts';
import { jobsOf, runRow } from './find-run.ts';
import { raiseJobEvents } from './raise-job-events.ts';

/** Shows a job, its check run and, while nothing of it runs, its run as waiting for an environment; or no longer. */
export function setWaiting(forge: Forge, job: JobRow, waiting: boolean): void {
  const { store } = forge;
  const from = waiting ? 'queued' : 'waiting';
  const status = waiting ? 'waiting' : 'queued';
  const current = store.jobs.get(job.id);
  const checkRun = store.checkRuns.get(job.id);
  if (checkRun?.status === from) store.checkRuns.put({ ...checkRun, status });
  const run = runRow(forge, job.runId);
  if (current?.status === from) {
    const changed = { ...current, status } as const;
    store.jobs.put(changed);
    raiseJobEvents(forge, run, current, changed);
  }
  const others = jobsOf(forge, run).filter((one) => one.id !== job.id && one.status !== 'completed');
  if (
    waiting &&
    run.status !== 'completed' &&
    others.every((one) => one.status === 'waiting' || one.status === 'queued')
  )
    store.runs.put({ ...run, status: 'waiting' });
  if (!waiting && run.status === 'waiting' && others.every((one) => one.status !== 'waiting'))
    store.runs.put({ ...run, status: run.startedAt === null ? 'queued' : 'in_progress' });
}
