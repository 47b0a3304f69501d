import type { components } from '@octokit/openapi-types';
import type { Context } from 'hono';
import { type Body, optionalChoice, optionalText, readBody, requiredText } from '../body.ts';
import { latestCheckRuns } from '../checks/latest-checks.ts';
import { type CheckRunChange, createCheckRun, updateCheckRun } from '../checks/write-check-run.ts';
import type { Forge } from '../forge.ts';
import { readCommits } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentCheckRun, presentWholeCheckSuite } from '../present/check-run.ts';
import type { CheckRun, CheckSuite, Repository } from '../rows.ts';
import { words } from '../words.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { requireCommit } from './statuses.ts';

const levels = ['notice', 'warning', 'failure'] as const;
const conclusions = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'stale',
  'timed_out',
] as const;
const states = ['queued', 'in_progress', 'completed', 'waiting', 'pending'] as const;

/** Check runs and suites. Workflow jobs are check runs too, of App 15368. */
export function checksRoutes(app: ForgeApp, forge: Forge): void {
  const runs = '/repos/:owner/:repo/check-runs';
  app.post(runs, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'checks', 'write');
    const body = await readBody(c);
    const asked = requiredText(body, 'head_sha', 'CheckRun');
    const sha = await resolveCommit(repositoryFolder(forge, repository.id), asked);
    if (sha === undefined) throw new ApiError(422, words.commitMissing(asked));
    const name = requiredText(body, 'name', 'CheckRun');
    const run = createCheckRun(forge, identity, repository, { ...changeOf(body), name, sha });
    return c.json(presentCheckRun(forge, repository, run), 201);
  });
  app.get(`${runs}/:id`, (c) => {
    const { repository } = atRepository(forge, c, 'checks', 'read');
    return c.json(presentCheckRun(forge, repository, findRun(forge, repository, c)));
  });
  app.patch(`${runs}/:id`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'checks', 'write');
    const run = findRun(forge, repository, c);
    const changed = updateCheckRun(forge, identity, repository, run, changeOf(await readBody(c)));
    return c.json(presentCheckRun(forge, repository, changed));
  });
  app.get(`${runs}/:id/annotations`, (c) => {
    const { repository } = atRepository(forge, c, 'checks', 'read');
    const { output, sha } = findRun(forge, repository, c);
    const shown = output.annotations.map((one) => ({
      path: one.path ?? '.github',
      blob_href: `${forge.urls.html}/blob/${sha}/${one.path ?? '.github'}`,
      start_line: one.startLine ?? 1,
      end_line: one.endLine ?? one.startLine ?? 1,
      start_column: one.startColumn ?? null,
      end_column: one.endColumn ?? null,
      annotation_level: one.level,
      title: one.title ?? '',
      message: one.message,
      raw_details: '',
    }));
    return c.json(paginate(c, shown));
  });
  app.get('/repos/:owner/:repo/commits/:ref{.+}/check-runs', async (c) => {
    const { repository } = atRepository(forge, c, 'checks', 'read');
    const sha = await requireCommit(forge, repository, c.req.param('ref'));
    const all =
      c.req.query('filter') === 'all'
        ? forge.store.checkRuns.by('commit', `${repository.id}/${sha}`)
        : latestCheckRuns(forge, repository.id, sha);
    return c.json(listRuns(forge, repository, c, all));
  });
  app.get('/repos/:owner/:repo/check-suites/:id/check-runs', (c) => {
    const { repository } = atRepository(forge, c, 'checks', 'read');
    const suite = findSuite(forge, repository, c);
    return c.json(listRuns(forge, repository, c, forge.store.checkRuns.by('suite', suite.id)));
  });
  app.get('/repos/:owner/:repo/commits/:ref{.+}/check-suites', async (c) => {
    const { repository } = atRepository(forge, c, 'checks', 'read');
    const sha = await requireCommit(forge, repository, c.req.param('ref'));
    const appId = c.req.query('app_id');
    const suites = forge.store.checkSuites
      .by('commit', `${repository.id}/${sha}`)
      .filter((suite) => appId === undefined || suite.appId === Number(appId));
    const commit = await simpleCommit(forge, repository, sha);
    const shown = paginate(c, suites).map((suite) => presentWholeCheckSuite(forge, repository, suite, commit));
    return c.json({ total_count: suites.length, check_suites: shown });
  });
  app.get('/repos/:owner/:repo/check-suites/:id', async (c) => {
    const { repository } = atRepository(forge, c, 'checks', 'read');
    const suite = findSuite(forge, repository, c);
    return c.json(presentWholeCheckSuite(forge, repository, suite, await simpleCommit(forge, repository, suite.sha)));
  });
}

function listRuns(forge: Forge, repository: Repository, c: Context, all: readonly CheckRun[]) {
  const { check_name: name, status, app_id: appId } = c.req.query();
  const found = all
    .filter((run) => name === undefined || run.name === name)
    .filter((run) => status === undefined || run.status === status)
    .filter((run) => appId === undefined || run.appId === Number(appId));
  const shown = paginate(c, found).map((run) => presentCheckRun(forge, repository, run));
  return { total_count: found.length, check_runs: shown };
}

function findRun(forge: Forge, repository: Repository, c: Context): CheckRun {
  const run = forge.store.checkRuns.get(pathNumber(c, 'id'));
  if (run?.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
  return run;
}

function findSuite(forge: Forge, repository: Repository, c: Context): CheckSuite {
  const suite = forge.store.checkSuites.get(pathNumber(c, 'id'));
  if (suite?.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
  return suite;
}

function changeOf(body: Body): CheckRunChange {
  const output = body['output'];
  const all = {
    name: optionalText(body, 'name'),
    status: optionalChoice(body, 'status', states),
    conclusion: optionalChoice(body, 'conclusion', conclusions),
    startedAt: optionalText(body, 'started_at'),
    completedAt: optionalText(body, 'completed_at'),
    detailsUrl: optionalText(body, 'details_url'),
    externalId: optionalText(body, 'external_id'),
    output: typeof output === 'object' && output !== null ? outputOf({ ...output }) : undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function outputOf(body: Body): CheckRun['output'] {
  const given: readonly unknown[] = Array.isArray(body['annotations']) ? body['annotations'] : [];
  const annotations = given.flatMap((one) => {
    if (typeof one !== 'object' || one === null) return [];
    const entry: Body = { ...one };
    const number = (name: string) => (typeof entry[name] === 'number' ? (entry[name] as number) : undefined);
    const optional = {
      path: optionalText(entry, 'path'),
      title: optionalText(entry, 'title'),
      startLine: number('start_line'),
      endLine: number('end_line'),
    };
    const present = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
    const level = optionalChoice(entry, 'annotation_level', levels) ?? 'notice';
    return [{ level, message: requiredText(entry, 'message', 'CheckRun'), ...present }];
  });
  return {
    title: optionalText(body, 'title') ?? null,
    summary: optionalText(body, 'summary') ?? null,
    text: optionalText(body, 'text') ?? null,
    annotations,
  };
}

async function simpleCommit(
  forge: Forge,
  repository: Repository,
  sha: string,
): Promise<components['schemas']['simple-commit']> {
  const [commit] = await readCommits(repositoryFolder(forge, repository.id), ['-1', sha]);
  if (commit === undefined) throw new ApiError(404, 'Not Found');
  const { author, committer } = commit;
  return {
    id: sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: committer.date,
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
  };
}
