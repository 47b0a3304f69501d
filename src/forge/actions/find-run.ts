import { TrunklineError } from '../../errors.ts';
import type { Forge } from '../forge.ts';
import type { JobRow, RunRow } from '../rows.ts';

/** @throws NOT_FOUND */
export function runRow(forge: Forge, runId: number): RunRow {
  const run = forge.store.runs.get(runId);
  if (run === undefined) throw new TrunklineError('NOT_FOUND', `expected a workflow run ${runId}, found none`);
  return run;
}

/** @throws NOT_FOUND */
export function jobRow(forge: Forge, jobId: number): JobRow {
  const job = forge.store.jobs.get(jobId);
  if (job === undefined) throw new TrunklineError('NOT_FOUND', `expected a job ${jobId}, found none`);
  return job;
}

/** The jobs of one attempt, in the order in which they were opened. */
export function jobsOf(forge: Forge, run: RunRow, attempt = run.attempt): readonly JobRow[] {
  return forge.store.jobs.by('run', run.id).filter((job) => job.attempt === attempt);
}

/**
 * What the API calls the latest jobs: where only some were run again, the others are those of the attempts before.
 */
export function latestJobs(forge: Forge, run: RunRow): readonly JobRow[] {
  if (run.rerun === undefined || run.rerun === 'all') return jobsOf(forge, run);
  const byName = new Map(forge.store.jobs.by('run', run.id).map((job) => [job.name, job]));
  return [...byName.values()];
}

/** The latest execution of each job before the current attempt: what a rerun of failed jobs builds on. */
export function previousJobs(forge: Forge, run: RunRow): readonly JobRow[] {
  const before = forge.store.jobs.by('run', run.id).filter((job) => job.attempt < run.attempt);
  const partial = run.previousAttempts?.at(-1)?.rerun;
  if (partial === undefined || partial === 'all') return before.filter((job) => job.attempt === run.attempt - 1);
  return [...new Map(before.map((job) => [job.name, job])).values()];
}
