import { type Body, optionalChoice, optionalText, optionalTexts, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { findIssue } from '../issues/find-issue.ts';
import { changeAssignees, createIssue, setAssignees, setLabels, updateIssue } from '../issues/write-issue.ts';
import { paginate } from '../pagination.ts';
import { roleOf } from '../permissions.ts';
import { presentAccount, presentAccountById } from '../present/account.ts';
import { presentIssue } from '../present/issue.ts';
import { updatePull } from '../pulls/update-pull.ts';
import type { Account, Issue, Pull, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

export function issuesRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/issues';
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, ['issues', 'pull_requests'], 'read');
    const query = c.req.query();
    const state = optionalChoice(query, 'state', ['open', 'closed', 'all']) ?? 'open';
    const wanted = (query['labels'] ?? '').split(',').filter((name) => name !== '');
    const all = [
      ...forge.store.issues.by('repository', repository.id),
      ...forge.store.pulls.by('repository', repository.id),
    ];
    const found = all
      .filter((one) => state === 'all' || one.state === state)
      .filter((one) => wanted.every((name) => one.labels.includes(name)))
      .sort((a, b) => b.number - a.number);
    return c.json(paginate(c, found).map((one) => presentIssue(forge, repository, one)));
  });
  app.post(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'issues', 'write', 'read');
    const body = await readBody(c);
    const issue = createIssue(forge, identity, repository, {
      title: requiredText(body, 'title', 'Issue'),
      body: optionalText(body, 'body'),
      labels: optionalTexts(body, 'labels'),
      assignees: optionalTexts(body, 'assignees'),
    });
    return c.json(wholeIssue(forge, repository, issue), 201);
  });
  app.get(`${path}/:number`, (c) => {
    const { repository } = atRepository(forge, c, ['issues', 'pull_requests'], 'read');
    const issue = findIssue(forge, repository, pathNumber(c, 'number'));
    return c.json(wholeIssue(forge, repository, issue));
  });
  app.patch(`${path}/:number`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const body = await readBody(c);
    const issue = findIssue(forge, repository, pathNumber(c, 'number'));
    const change = {
      title: optionalText(body, 'title'),
      body: optionalText(body, 'body'),
      state: optionalChoice(body, 'state', ['open', 'closed']),
      reason: closingReason(body),
    };
    const changed =
      'headSha' in issue
        ? await updatePull(forge, identity, issue, change)
        : updateIssue(forge, identity, repository, issue, change);
    const labels = optionalTexts(body, 'labels');
    const labelled = labels === undefined ? changed : setLabels(forge, identity, repository, changed, labels);
    const assignees = optionalTexts(body, 'assignees');
    const given = assignees === undefined ? labelled : setAssignees(forge, identity, repository, labelled, assignees);
    return c.json(wholeIssue(forge, repository, given));
  });
  assigneeRoutes(app, forge);
}

function assigneeRoutes(app: ForgeApp, forge: Forge): void {
  const base = '/repos/:owner/:repo';
  for (const remove of [false, true]) {
    app.on(remove ? 'DELETE' : 'POST', `${base}/issues/:number/assignees`, async (c) => {
      const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
      const issue = findIssue(forge, repository, pathNumber(c, 'number'));
      const logins = optionalTexts(await readBody(c), 'assignees') ?? [];
      const changed = changeAssignees(forge, identity, repository, issue, logins, remove);
      return c.json(presentIssue(forge, repository, changed), remove ? 200 : 201);
    });
  }
  const people = (repository: Repository): readonly Account[] =>
    [...forge.store.accounts.values()].filter(
      (one) => one.type === 'User' && roleOf(forge, repository, one.id) !== undefined,
    );
  app.get(`${base}/assignees`, (c) => {
    const { repository } = atRepository(forge, c, 'metadata', 'read');
    return c.json(paginate(c, people(repository)).map((one) => presentAccount(forge, one)));
  });
  for (const path of [`${base}/assignees/:login`, `${base}/issues/:number/assignees/:login`]) {
    app.get(path, (c) => {
      const { repository } = atRepository(forge, c, 'metadata', 'read');
      const login = (c.req.param('login') ?? '').toLowerCase();
      if (!people(repository).some((one) => one.login.toLowerCase() === login)) throw new ApiError(404, 'Not Found');
      return c.body(null, 204);
    });
  }
}

function closingReason(body: Body): 'completed' | 'not_planned' | 'duplicate' | undefined {
  const reason = optionalChoice(body, 'state_reason', ['completed', 'not_planned', 'duplicate', 'reopened']);
  return reason === 'reopened' ? undefined : reason;
}

/** With who closed it, which lists do not say. */
function wholeIssue(forge: Forge, repository: Repository, issue: Issue | Pull) {
  const closedBy = 'headSha' in issue ? undefined : issue.closedById;
  const by = closedBy === undefined ? null : presentAccountById(forge, closedBy);
  return { ...presentIssue(forge, repository, issue), closed_by: by };
}
