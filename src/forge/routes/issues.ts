import {
  type Body,
  optionalChoice,
  optionalText,
  optionalTexts,
  readBody,
  requiredText,
  validationFailed,
} from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { findIssue } from '../issues/find-issue.ts';
import { listIssues } from '../issues/list-issues.ts';
import { setMilestone } from '../issues/milestones.ts';
import { changeAssignees, createIssue, setAssignees, setLabels, updateIssue } from '../issues/write-issue.ts';
import { paginate } from '../pagination.ts';
import { roleOf } from '../permissions.ts';
import { presentAccount, presentAccountById } from '../present/account.ts';
import { presentIssue } from '../present/issue.ts';
import { updatePull } from '../pulls/update-pull.ts';
import type { Account, Issue, Pull, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { findMilestone } from './milestones.ts';

export function issuesRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/issues';
  app.get(path, (c) => {
    const { repository, identity } = atRepository(forge, c, ['issues', 'pull_requests'], 'read');
    const query = c.req.query();
    const found = listIssues(forge, identity, repository, {
      state: optionalChoice(query, 'state', ['open', 'closed', 'all']) ?? 'open',
      sort: optionalChoice(query, 'sort', ['created', 'updated', 'comments']) ?? 'created',
      direction: optionalChoice(query, 'direction', ['asc', 'desc']) ?? 'desc',
      labels: (query['labels'] ?? '').split(',').filter((name) => name !== ''),
      ...pick(query, ['assignee', 'creator', 'mentioned', 'milestone', 'since']),
    });
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
    const placed = placeUnder(forge, identity, repository, issue, body);
    return c.json(wholeIssue(forge, repository, placed), 201);
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
    return c.json(wholeIssue(forge, repository, placeUnder(forge, identity, repository, given, body)));
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

/** The milestone that a body names by number; null is none, and nothing said leaves it. @throws ApiError 422 */
function placeUnder<Row extends Issue | Pull>(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  issue: Row,
  body: Body,
): Row {
  const number = body['milestone'];
  if (number === undefined) return issue;
  const milestone = number === null ? null : findMilestone(forge, repository, Number(number));
  if (milestone === undefined)
    throw validationFailed({ value: number, resource: 'Issue', field: 'milestone', code: 'invalid' });
  return setMilestone(forge, identity, repository, issue, milestone);
}

function pick<Name extends string>(query: Readonly<Record<string, string>>, names: readonly Name[]) {
  const given = names.flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]] as const]));
  return Object.fromEntries(given) as Partial<Record<Name, string>>;
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
