import type { Context } from 'hono';
import {
  optionalChoice,
  optionalFlag,
  optionalText,
  optionalTexts,
  readBody,
  requiredText,
  validationFailed,
} from '../body.ts';
import type { Forge } from '../forge.ts';
import type { ForgeApp, Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentFullPull, presentPull } from '../present/pull.ts';
import { createPull } from '../pulls/create-pull.ts';
import { findPull, listPulls } from '../pulls/find-pull.ts';
import { mergePull } from '../pulls/merge-pull.ts';
import { listPullCommits, listPullFiles, readDifference } from '../pulls/pull-content.ts';
import { pullFacts } from '../pulls/pull-facts.ts';
import { requestReviewers } from '../pulls/reviews.ts';
import { settlePull } from '../pulls/settle-pull.ts';
import { updateBranch } from '../pulls/update-branch.ts';
import { updatePull } from '../pulls/update-pull.ts';
import type { Pull, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

type ApiContext = Context<{ Variables: { identity: Identity } }>;

export function pullsRoutes(app: ForgeApp, forge: Forge): void {
  const full = async (c: ApiContext, repository: Repository, pull: Pull) =>
    presentFullPull(forge, repository, pull, await pullFacts(forge, c.get('identity'), pull));
  const path = '/repos/:owner/:repo/pulls/:number';

  app.get('/repos/:owner/:repo/pulls', (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const query = c.req.query();
    const sort = optionalChoice(query, 'sort', ['created', 'updated', 'popularity', 'long-running']) ?? 'created';
    const found = listPulls(forge, repository, {
      state: optionalChoice(query, 'state', ['open', 'closed', 'all']) ?? 'open',
      sort,
      direction: optionalChoice(query, 'direction', ['asc', 'desc']) ?? 'desc',
      ...(query['head'] === undefined ? {} : { head: query['head'] }),
      ...(query['base'] === undefined ? {} : { base: query['base'] }),
    });
    return c.json(paginate(c, found).map((pull) => presentPull(forge, repository, pull)));
  });
  app.post('/repos/:owner/:repo/pulls', async (c) => {
    const identity = c.get('identity');
    const { repository } = atRepository(forge, c, 'pull_requests', 'write', 'read');
    const body = await readBody(c);
    const pull = await createPull(forge, identity, {
      repository,
      title: requiredText(body, 'title', 'PullRequest'),
      body: optionalText(body, 'body'),
      head: requiredText(body, 'head', 'PullRequest'),
      base: requiredText(body, 'base', 'PullRequest'),
      draft: optionalFlag(body, 'draft'),
      maintainerCanModify: optionalFlag(body, 'maintainer_can_modify'),
    });
    return c.json(await full(c, repository, pull), 201);
  });
  app.get(path, async (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const found = findPull(forge, repository, pathNumber(c, 'number'));
    const media = /application\/vnd\.github(?:\.v3)?\.(diff|patch)/.exec(c.req.header('accept') ?? '')?.[1];
    if (media === 'diff' || media === 'patch') return c.text(await readDifference(forge, repository, found, media));
    return c.json(await full(c, repository, (await settlePull(forge, found.id)) ?? found));
  });
  app.patch(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const body = await readBody(c);
    const pull = await updatePull(forge, identity, findPull(forge, repository, pathNumber(c, 'number')), {
      title: optionalText(body, 'title'),
      body: optionalText(body, 'body'),
      base: optionalText(body, 'base'),
      state: optionalChoice(body, 'state', ['open', 'closed']),
      maintainerCanModify: optionalFlag(body, 'maintainer_can_modify'),
    });
    return c.json(await full(c, repository, pull));
  });
  app.get(`${path}/files`, async (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    return c.json(paginate(c, await listPullFiles(forge, repository, pull)));
  });
  app.get(`${path}/commits`, async (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    return c.json(paginate(c, await listPullCommits(forge, repository, pull)));
  });
  app.get(`${path}/merge`, (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const { merged } = findPull(forge, repository, pathNumber(c, 'number'));
    return merged ? c.body(null, 204) : c.notFound();
  });
  app.put(`${path}/merge`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const body = await readBody(c);
    const pull = await mergePull(forge, identity, findPull(forge, repository, pathNumber(c, 'number')), {
      method: optionalChoice(body, 'merge_method', ['merge', 'squash', 'rebase']) ?? 'merge',
      sha: optionalText(body, 'sha'),
      title: optionalText(body, 'commit_title'),
      body: optionalText(body, 'commit_message'),
    });
    return c.json({ sha: pull.mergeCommitSha, merged: true, message: 'Pull Request successfully merged' });
  });
  app.put(`${path}/update-branch`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'pull_requests', 'read');
    const body = await readBody(c);
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    await updateBranch(forge, identity, pull, optionalText(body, 'expected_head_sha'));
    return c.json(
      { message: 'Updating pull request branch.', url: presentPull(forge, repository, pull).html_url },
      202,
    );
  });
  const reviewers = async (c: ApiContext, remove: boolean) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const body = await readBody(c);
    const logins = optionalTexts(body, 'reviewers') ?? [];
    const teams = optionalTexts(body, 'team_reviewers') ?? [];
    if (logins.length + teams.length === 0) {
      throw validationFailed({ resource: 'PullRequestReview', code: 'missing_field', field: 'reviewers' });
    }
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    return presentPull(forge, repository, requestReviewers(forge, identity, pull, { logins, teams, remove }));
  };
  app.post(`${path}/requested_reviewers`, async (c) => c.json(await reviewers(c, false), 201));
  app.delete(`${path}/requested_reviewers`, async (c) => c.json(await reviewers(c, true)));
  app.get(`${path}/requested_reviewers`, (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const shown = presentPull(forge, repository, findPull(forge, repository, pathNumber(c, 'number')));
    return c.json({ users: shown.requested_reviewers ?? [], teams: shown.requested_teams ?? [] });
  });
}
