import { optionalChoice, optionalText, optionalTexts, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import type { ForgeApp } from '../http.ts';
import { findIssue } from '../issues/find-issue.ts';
import { createIssue, setLabels, updateIssue } from '../issues/write-issue.ts';
import { paginate } from '../pagination.ts';
import { presentIssue } from '../present/issue.ts';
import { updatePull } from '../pulls/update-pull.ts';
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
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const body = await readBody(c);
    const issue = createIssue(forge, identity, repository, {
      title: requiredText(body, 'title', 'Issue'),
      body: optionalText(body, 'body'),
      labels: optionalTexts(body, 'labels'),
    });
    return c.json({ ...presentIssue(forge, repository, issue), closed_by: null }, 201);
  });
  app.get(`${path}/:number`, (c) => {
    const { repository } = atRepository(forge, c, ['issues', 'pull_requests'], 'read');
    const issue = findIssue(forge, repository, pathNumber(c, 'number'));
    return c.json({ ...presentIssue(forge, repository, issue), closed_by: null });
  });
  app.patch(`${path}/:number`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const body = await readBody(c);
    const issue = findIssue(forge, repository, pathNumber(c, 'number'));
    const change = {
      title: optionalText(body, 'title'),
      body: optionalText(body, 'body'),
      state: optionalChoice(body, 'state', ['open', 'closed']),
    };
    const changed =
      'headSha' in issue
        ? await updatePull(forge, identity, issue, change)
        : updateIssue(forge, identity, repository, issue, change);
    const labels = optionalTexts(body, 'labels');
    const labelled = labels === undefined ? changed : setLabels(forge, identity, repository, changed, labels);
    return c.json({ ...presentIssue(forge, repository, labelled), closed_by: null });
  });
}
