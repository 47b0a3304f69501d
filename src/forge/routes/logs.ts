import { jobsOf, latestJobs } from '../actions/find-run.ts';
import { archiveLogs, readLog } from '../actions/run-archive.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { findJob } from './jobs.ts';
import { findRun } from './runs.ts';

const base = '/repos/:owner/:repo/actions';

/** Logs are answered as on GitHub by a redirect, here to a path below: clients keep their token on the same host. */
export function logsRoutes(app: ForgeApp, forge: Forge): void {
  app.get(`${base}/jobs/:job/logs`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    findJob(forge, repository, pathNumber(c, 'job'));
    return c.redirect('logs/text', 302);
  });
  app.get(`${base}/jobs/:job/logs/text`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const text = await readLog(forge, findJob(forge, repository, pathNumber(c, 'job')));
    if (text === undefined) throw new ApiError(404, 'Not Found');
    return c.text(text);
  });
  app.get(`${base}/runs/:run/logs`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    findRun(forge, repository, pathNumber(c, 'run'));
    return c.redirect('logs/zip', 302);
  });
  app.get(`${base}/runs/:run/logs/zip`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    return zip(await archiveLogs(forge, latestJobs(forge, run)));
  });
  app.get(`${base}/runs/:run/attempts/:attempt/logs`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    findRun(forge, repository, pathNumber(c, 'run'));
    return c.redirect('logs/zip', 302);
  });
  app.get(`${base}/runs/:run/attempts/:attempt/logs/zip`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    return zip(await archiveLogs(forge, jobsOf(forge, run, pathNumber(c, 'attempt'))));
  });
}

function zip(bytes: Uint8Array<ArrayBuffer>): Response {
  return new Response(bytes, { headers: { 'content-type': 'application/zip' } });
}
