import { rerunRun } from '../actions/control-run.ts';
import { jobsOf, latestJobs } from '../actions/find-run.ts';
import { optionalFlag, readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentJob } from '../present/job.ts';
import type { JobRow, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { findRun } from './runs.ts';

const base = '/repos/:owner/:repo/actions';

export function jobsRoutes(app: ForgeApp, forge: Forge): void {
  app.get(`${base}/runs/:run/jobs`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    const all = c.req.query('filter') === 'all';
    const jobs = all ? forge.store.jobs.by('run', run.id) : latestJobs(forge, run);
    return c.json({ total_count: jobs.length, jobs: paginate(c, jobs).map((job) => presentJob(forge, run, job)) });
  });
  app.get(`${base}/runs/:run/attempts/:attempt/jobs`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    const attempt = pathNumber(c, 'attempt');
    if (attempt < 1 || attempt > run.attempt) throw new ApiError(404, 'Not Found');
    const jobs = jobsOf(forge, run, attempt);
    return c.json({ total_count: jobs.length, jobs: paginate(c, jobs).map((job) => presentJob(forge, run, job)) });
  });
  app.get(`${base}/jobs/:job`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const job = findJob(forge, repository, pathNumber(c, 'job'));
    return c.json(presentJob(forge, findRun(forge, repository, job.runId), job));
  });
  app.post(`${base}/jobs/:job/rerun`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'actions', 'write');
    const job = findJob(forge, repository, pathNumber(c, 'job'));
    const debug = optionalFlag(await readBody(c), 'enable_debug_logging') ?? false;
    rerunRun(forge, identity, findRun(forge, repository, job.runId), job.id, debug);
    return c.json({}, 201);
  });
}

/** @throws ApiError 404 */
export function findJob(forge: Forge, repository: Repository, id: number): JobRow {
  const job = forge.store.jobs.get(id);
  if (job?.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
  return job;
}
