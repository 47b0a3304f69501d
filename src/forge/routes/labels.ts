import { optionalText, optionalTexts, readBody, requiredText, validationFailed } from '../body.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { findIssue } from '../issues/find-issue.ts';
import { setLabels } from '../issues/write-issue.ts';
import { paginate } from '../pagination.ts';
import { presentLabel, presentLabels } from '../present/label.ts';
import type { Label, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { atRepository, pathNumber } from './at-repository.ts';

/** Labels of a repository, and of one issue or pull request. */
export function labelsRoutes(app: ForgeApp, forge: Forge): void {
  const all = '/repos/:owner/:repo/labels';
  app.get(all, (c) => {
    const { repository } = atRepository(forge, c, 'issues', 'read');
    const labels = paginate(c, forge.store.labels.by('repository', repository.id));
    return c.json(labels.map((label) => presentLabel(forge, repository, label)));
  });
  app.post(all, async (c) => {
    const { repository, identity } = atRepository(forge, c, ['issues', 'pull_requests'], 'write');
    const body = await readBody(c);
    const name = requiredText(body, 'name', 'Label');
    if (findLabel(forge, repository, name) !== undefined) {
      throw validationFailed({ resource: 'Label', code: 'already_exists', field: 'name' });
    }
    const color = (optionalText(body, 'color') ?? 'ededed').replace(/^#/, '');
    const description = optionalText(body, 'description') ?? null;
    const label: Label = {
      id: forge.store.next('labels'),
      repositoryId: repository.id,
      name,
      color,
      description,
      createdAt: timestamp(forge),
    };
    forge.store.transaction(() => {
      forge.store.labels.put(label);
      raiseEvent(forge, { name: 'label', action: 'created', repository, identity, label });
    });
    return c.json(presentLabel(forge, repository, label), 201);
  });
  app.patch(`${all}/:name`, async (c) => {
    const { repository, identity } = atRepository(forge, c, ['issues', 'pull_requests'], 'write');
    const held = findLabel(forge, repository, c.req.param('name'));
    if (held === undefined) throw new ApiError(404, 'Not Found');
    const body = await readBody(c);
    const name = optionalText(body, 'new_name') ?? held.name;
    const same = findLabel(forge, repository, name);
    if (same !== undefined && same.id !== held.id)
      throw validationFailed({ resource: 'Label', code: 'already_exists', field: 'name' });
    const color = (optionalText(body, 'color') ?? held.color).replace(/^#/, '');
    const label: Label = { ...held, name, color, description: optionalText(body, 'description') ?? held.description };
    forge.store.transaction(() => {
      forge.store.labels.put(label);
      renameOnIssues(forge, repository, held.name, name);
      raiseEvent(forge, { name: 'label', action: 'edited', repository, identity, label });
    });
    return c.json(presentLabel(forge, repository, label));
  });
  app.get(`${all}/:name`, (c) => {
    const { repository } = atRepository(forge, c, 'issues', 'read');
    const label = findLabel(forge, repository, c.req.param('name'));
    if (label === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentLabel(forge, repository, label));
  });
  app.delete(`${all}/:name`, (c) => {
    const { repository, identity } = atRepository(forge, c, ['issues', 'pull_requests'], 'write');
    const label = findLabel(forge, repository, c.req.param('name'));
    if (label === undefined) throw new ApiError(404, 'Not Found');
    forge.store.transaction(() => {
      forge.store.labels.delete(label.id);
      raiseEvent(forge, { name: 'label', action: 'deleted', repository, identity, label });
    });
    return c.body(null, 204);
  });

  const of = '/repos/:owner/:repo/issues/:number/labels';
  app.get(of, (c) => {
    const { repository } = atRepository(forge, c, ['issues', 'pull_requests'], 'read');
    const issue = findIssue(forge, repository, pathNumber(c, 'number'));
    return c.json(presentLabels(forge, repository, issue.labels));
  });
  for (const method of ['POST', 'PUT'] as const) {
    app.on(method, of, async (c) => {
      const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
      const issue = findIssue(forge, repository, pathNumber(c, 'number'));
      const names = optionalTexts(await readBody(c), 'labels') ?? [];
      const wanted = method === 'PUT' ? names : [...issue.labels, ...names];
      const changed = setLabels(forge, identity, repository, issue, wanted);
      return c.json(presentLabels(forge, repository, changed.labels));
    });
  }
  app.delete(`${of}/:name`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const issue = findIssue(forge, repository, pathNumber(c, 'number'));
    const name = c.req.param('name');
    if (!issue.labels.includes(name)) throw new ApiError(404, words.labelMissing());
    const left = issue.labels.filter((one) => one !== name);
    return c.json(presentLabels(forge, repository, setLabels(forge, identity, repository, issue, left).labels));
  });
  app.delete(of, (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    setLabels(forge, identity, repository, findIssue(forge, repository, pathNumber(c, 'number')), []);
    return c.body(null, 204);
  });
}

function renameOnIssues(forge: Forge, repository: Repository, from: string, to: string): void {
  const { issues, pulls } = forge.store;
  const renamed = (labels: readonly string[]): readonly string[] => labels.map((one) => (one === from ? to : one));
  if (from === to) return;
  for (const one of issues.by('repository', repository.id))
    if (one.labels.includes(from)) issues.put({ ...one, labels: renamed(one.labels) });
  for (const one of pulls.by('repository', repository.id))
    if (one.labels.includes(from)) pulls.put({ ...one, labels: renamed(one.labels) });
}

function findLabel(forge: Forge, repository: Repository, name: string): Label | undefined {
  return forge.store.labels
    .by('repository', repository.id)
    .find((label) => label.name.toLowerCase() === name.toLowerCase());
}
