import type { Context } from 'hono';
import { cancelRun, rerunRun } from '../actions/control-run.ts';
import { approveRun } from '../actions/fork-approval.ts';
import { headCommits } from '../actions/head-commits.ts';
import { filterRuns } from '../actions/list-runs.ts';
import { answerGate } from '../actions/protection-rules.ts';
import { mayReview, reviewDeployments, waitingEntries } from '../actions/review-deployments.ts';
import { optionalChoice, optionalFlag, optionalNumbers, optionalText, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentAccountById } from '../present/account.ts';
import { presentDeployment } from '../present/deployment.ts';
import { presentEnvironmentName, presentReviewers } from '../present/environment.ts';
import { presentRun } from '../present/run.ts';
import { deleteArtifact } from '../results/artifacts.ts';
import type { Repository, RunRow } from '../rows.ts';
import { words } from '../words.ts';
import { atRepository, pathNumber } from './at-repository.ts';

const base = '/repos/:owner/:repo/actions/runs';

/** Workflow runs: reading, cancelling, running again, and what waits for approval. */
export function runsRoutes(app: ForgeApp, forge: Forge): void {
  app.get(base, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    return c.json(await presentRuns(forge, c, repository, forge.store.runs.by('repository', repository.id)));
  });
  app.get(`${base}/:run`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    return c.json(await presentOne(forge, findRun(forge, repository, pathNumber(c, 'run'))));
  });
  app.get(`${base}/:run/attempts/:attempt`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    return c.json(await presentOne(forge, findAttempt(run, pathNumber(c, 'attempt'))));
  });
  app.delete(`${base}/:run`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'write');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    if (run.status !== 'completed') throw new ApiError(403, words.runNotCompleted());
    for (const artifact of forge.store.artifacts.by('run', run.id)) await deleteArtifact(forge, artifact);
    forge.store.transaction(() => {
      for (const job of forge.store.jobs.by('run', run.id)) forge.store.jobs.delete(job.id);
      forge.store.runs.delete(run.id);
    });
    return c.body(null, 204);
  });
  for (const action of ['cancel', 'force-cancel'] as const) {
    app.post(`${base}/:run/${action}`, (c) => {
      const { repository } = atRepository(forge, c, 'actions', 'write');
      cancelRun(forge, findRun(forge, repository, pathNumber(c, 'run')), action === 'force-cancel');
      return c.json({}, 202);
    });
  }
  for (const [action, jobs] of [
    ['rerun', 'all'],
    ['rerun-failed-jobs', 'failed'],
  ] as const) {
    app.post(`${base}/:run/${action}`, async (c) => {
      const { repository, identity } = atRepository(forge, c, 'actions', 'write');
      const debug = optionalFlag(await readBody(c), 'enable_debug_logging') ?? false;
      rerunRun(forge, identity, findRun(forge, repository, pathNumber(c, 'run')), jobs, debug);
      return c.json({}, 201);
    });
  }
  reviewRoutes(app, forge);
}

function reviewRoutes(app: ForgeApp, forge: Forge): void {
  app.get(`${base}/:run/pending_deployments`, (c) => {
    const { repository, identity } = atRepository(forge, c, ['actions', 'deployments'], 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    const { account } = identity;
    return c.json(
      waitingEntries(forge, run).map(({ entry, environment }) => ({
        environment: presentEnvironmentName(forge, repository, environment),
        wait_timer: environment.waitTimer,
        wait_timer_started_at:
          entry.waitUntil === null
            ? null
            : new Date(Date.parse(entry.waitUntil) - environment.waitTimer * 60_000).toISOString(),
        current_user_can_approve: account !== undefined && mayReview(forge, environment, run, account),
        reviewers: presentReviewers(forge, environment),
      })),
    );
  });
  app.post(`${base}/:run/pending_deployments`, async (c) => {
    // Reading is enough for a reviewer; the token needs the permission to write deployments.
    const { repository, identity } = atRepository(forge, c, 'deployments', 'write', 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    const body = await readBody(c);
    const state = optionalText(body, 'state');
    if (state !== 'approved' && state !== 'rejected')
      throw new ApiError(422, 'Invalid request.\n\nstate must be "approved" or "rejected".');
    const deployments = reviewDeployments(forge, identity, run, {
      environmentIds: optionalNumbers(body, 'environment_ids') ?? [],
      state,
      comment: optionalText(body, 'comment') ?? '',
    });
    return c.json(deployments.map((deployment) => presentDeployment(forge, repository, deployment)));
  });
  app.post(`${base}/:run/approve`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'actions', 'write');
    approveRun(forge, identity, findRun(forge, repository, pathNumber(c, 'run')));
    return c.json({}, 201);
  });
  app.post(`${base}/:run/deployment_protection_rule`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'deployments', 'write');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    const body = await readBody(c);
    answerGate(forge, identity, run, {
      environment: requiredText(body, 'environment_name', 'DeploymentProtectionRule'),
      state: optionalChoice(body, 'state', ['approved', 'rejected']),
      comment: optionalText(body, 'comment') ?? '',
    });
    return c.body(null, 204);
  });
  app.get(`${base}/:run/approvals`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    const approvals = forge.store.pendingDeployments.by('run', run.id).flatMap((entry) => {
      const environment = forge.store.environments.get(entry.environmentId);
      if (environment === undefined) return [];
      const shown = presentEnvironmentName(forge, repository, environment);
      const times = { created_at: environment.createdAt, updated_at: environment.updatedAt };
      return entry.approvals.map((one) => ({
        state: one.state,
        comment: one.comment,
        environments: [{ ...shown, ...times }],
        user: presentAccountById(forge, one.accountId),
      }));
    });
    return c.json(approvals);
  });
}

/** @throws ApiError 404 */
export function findRun(forge: Forge, repository: Repository, id: number): RunRow {
  const run = forge.store.runs.get(id);
  if (run?.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
  return run;
}

function findAttempt(run: RunRow, attempt: number): RunRow {
  const found = attempt === run.attempt ? run : run.previousAttempts?.find((one) => one.attempt === attempt);
  if (found === undefined) throw new ApiError(404, 'Not Found');
  return found;
}

async function presentOne(forge: Forge, run: RunRow) {
  const commits = await headCommits(forge, run.repositoryId, [run.headSha]);
  return presentRun(forge, run, commits.get(run.headSha) ?? null);
}

/** A page of runs that match the query's filters. */
export async function presentRuns(forge: Forge, c: Context, repository: Repository, all: readonly RunRow[]) {
  const runs = filterRuns(all, c.req.query());
  const page = paginate(c, runs);
  const commits = await headCommits(
    forge,
    repository.id,
    page.map((run) => run.headSha),
  );
  return {
    total_count: runs.length,
    workflow_runs: page.map((run) => presentRun(forge, run, commits.get(run.headSha) ?? null)),
  };
}
