import { split } from './deeds.ts';
import { runsAfter } from './look.ts';
import type { World } from './world.ts';

export interface FailedJob {
  readonly repository: string;
  readonly workflow: string;
  readonly run: number;
  readonly job: string;
  readonly log: string;
}

/** The jobs that failed since the phase began in which an expectation first did, with their logs. */
export async function readFailures(world: World): Promise<readonly FailedJob[]> {
  const { api } = world.people.owner;
  const phase = world.book.phases.find(({ expectations }) => expectations.some(({ result }) => result === 'failed'));
  const since = new Date(phase?.startedAt ?? 0).toISOString();
  const failed: FailedJob[] = [];
  for (const { fullName } of [world.pair.app, world.pair.infra]) {
    for (const run of await runsAfter(world.people.owner, fullName, 0)) {
      if (run.conclusion === 'success' || run.conclusion === 'skipped' || run.createdAt < since.slice(0, 19)) continue;
      const where = split(fullName);
      const { data } = await api.rest.actions.listJobsForWorkflowRun({ ...where, run_id: run.id });
      const jobs = data.jobs.filter(({ conclusion }) => conclusion !== 'success' && conclusion !== 'skipped');
      for (const job of jobs) {
        const log = await api.rest.actions.downloadJobLogsForWorkflowRun({ ...where, job_id: job.id });
        failed.push({ repository: fullName, workflow: run.name, run: run.id, job: job.name, log: String(log.data) });
      }
      if (jobs.length === 0) {
        failed.push({
          repository: fullName,
          workflow: run.name,
          run: run.id,
          job: '',
          log: `the run ended with ${run.conclusion}`,
        });
      }
    }
  }
  return failed;
}
