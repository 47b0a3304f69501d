import type { Context } from 'hono';
import { compareText } from '../../model/compare-text.ts';
import { type Body, optionalChoice, optionalText, readBody, requiredText, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { deleteMilestone, type MilestoneFields, saveMilestone } from '../issues/milestones.ts';
import { paginate } from '../pagination.ts';
import { presentLabels } from '../present/label.ts';
import { presentMilestone } from '../present/milestone.ts';
import type { Milestone, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

const either = ['issues', 'pull_requests'];

export function milestonesRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/milestones';
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, either, 'read');
    const query = c.req.query();
    const state = optionalChoice(query, 'state', ['open', 'closed', 'all']) ?? 'open';
    const sort = optionalChoice(query, 'sort', ['due_on', 'completeness']) ?? 'due_on';
    const shown = forge.store.milestones
      .by('repository', repository.id)
      .filter((one) => state === 'all' || one.state === state)
      .map((one) => presentMilestone(forge, repository, one));
    // Those that are due never come last.
    const key = (one: (typeof shown)[number]): string =>
      sort === 'due_on'
        ? (one.due_on ?? '9999')
        : String(one.closed_issues / (one.open_issues + one.closed_issues || 1));
    const sorted = shown.sort((a, b) => compareText(key(a), key(b)) || a.number - b.number);
    return c.json(paginate(c, query['direction'] === 'desc' ? sorted.reverse() : sorted));
  });
  app.post(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, either, 'write');
    const body = await readBody(c);
    requiredText(body, 'title', 'Milestone');
    const none = { title: '', description: null, state: 'open', dueOn: null } as const;
    const made = saveMilestone(forge, identity, repository, readFields(body, none));
    return c.json(presentMilestone(forge, repository, made), 201);
  });
  app.get(`${path}/:number`, (c) => {
    const { repository } = atRepository(forge, c, either, 'read');
    return c.json(presentMilestone(forge, repository, milestoneAt(forge, repository, c)));
  });
  app.patch(`${path}/:number`, async (c) => {
    const { repository, identity } = atRepository(forge, c, either, 'write');
    const held = milestoneAt(forge, repository, c);
    const changed = saveMilestone(forge, identity, repository, readFields(await readBody(c), held), held);
    return c.json(presentMilestone(forge, repository, changed));
  });
  app.delete(`${path}/:number`, (c) => {
    const { repository, identity } = atRepository(forge, c, either, 'write');
    deleteMilestone(forge, identity, repository, milestoneAt(forge, repository, c));
    return c.body(null, 204);
  });
  app.get(`${path}/:number/labels`, (c) => {
    const { repository } = atRepository(forge, c, either, 'read');
    const { id } = milestoneAt(forge, repository, c);
    const { issues, pulls } = forge.store;
    const names = [...issues.by('repository', repository.id), ...pulls.by('repository', repository.id)]
      .filter((one) => one.milestoneId === id)
      .flatMap((one) => one.labels);
    return c.json(paginate(c, presentLabels(forge, repository, [...new Set(names)])));
  });
}

/** @throws ApiError 404 */
function milestoneAt(forge: Forge, repository: Repository, c: Context): Milestone {
  const found = findMilestone(forge, repository, pathNumber(c, 'number'));
  if (found === undefined) throw new ApiError(404, 'Not Found');
  return found;
}

export function findMilestone(forge: Forge, repository: Repository, number: number): Milestone | undefined {
  return forge.store.milestones.by('repository', repository.id).find((one) => one.number === number);
}

function readFields(body: Body, held: MilestoneFields): MilestoneFields {
  const due = body['due_on'] === null ? null : (optionalText(body, 'due_on') ?? held.dueOn);
  if (due !== null && Number.isNaN(Date.parse(due)))
    throw validationFailed({ resource: 'Milestone', code: 'invalid', field: 'due_on' });
  return {
    title: optionalText(body, 'title') ?? held.title,
    description: optionalText(body, 'description') ?? held.description,
    state: optionalChoice(body, 'state', ['open', 'closed']) ?? held.state,
    dueOn: due,
  };
}
