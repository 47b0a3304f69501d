import type { NewJob } from '../../protocol/run.ts';
import { actionsAppId, type Forge } from '../forge.ts';
import type { CheckRun, JobRow, RunRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { jobsOf, runRow } from './find-run.ts';
import { raiseJobEvents } from './raise-job-events.ts';

/** Adds jobs to a run's current attempt, each with a check run of the same id. Names that are there already stay. */
export function openJobs(forge: Forge, runId: number, wanted: readonly NewJob[]): readonly JobRow[] {
  return forge.store.transaction(() => {
    const run = runRow(forge, runId);
    const known = new Map(jobsOf(forge, run).map((job) => [job.name, job]));
    return wanted.map((one) => known.get(one.name) ?? openJob(forge, run, one));
  });
}

function openJob(forge: Forge, run: RunRow, wanted: NewJob): JobRow {
  const { store } = forge;
  const now = timestamp(forge);
  const completed = wanted.conclusion !== undefined;
  const job: JobRow = {
    id: store.next('checkRuns'),
    repositoryId: run.repositoryId,
    runId: run.id,
    attempt: run.attempt,
    name: wanted.name,
    jobId: wanted.jobId,
    labels: wanted.labels,
    status: completed ? 'completed' : 'queued',
    conclusion: wanted.conclusion ?? null,
    createdAt: now,
    startedAt: completed ? now : null,
    completedAt: completed ? now : null,
    steps: [],
    runnerName: null,
    outputs: {},
  };
  store.jobs.put(job);
  const checkRun: CheckRun = {
    id: job.id,
    repositoryId: run.repositoryId,
    suiteId: run.suiteId,
    appId: actionsAppId,
    sha: run.headSha,
    name: job.name,
    status: job.status,
    conclusion: job.conclusion,
    startedAt: now,
    completedAt: job.completedAt,
    detailsUrl: `${forge.urls.html}/${run.repository.fullName}/actions/runs/${run.id}/job/${job.id}`,
    externalId: '',
    output: { title: null, summary: null, text: null, annotations: [] },
    createdAt: now,
  };
  store.checkRuns.put(checkRun);
  raiseJobEvents(forge, run, undefined, job);
  return job;
}
