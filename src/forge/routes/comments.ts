import type { Context } from 'hono';
import { readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { findIssue } from '../issues/find-issue.ts';
import { addComment, changeComment } from '../issues/write-issue.ts';
import { paginate } from '../pagination.ts';
import { presentComment } from '../present/comment.ts';
import type { Comment, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

const either = ['issues', 'pull_requests'];

export function commentsRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/issues/:number/comments';
  const one = '/repos/:owner/:repo/issues/comments/:id';
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, either, 'read');
    const { number } = findIssue(forge, repository, pathNumber(c, 'number'));
    const comments = paginate(c, forge.store.comments.by('issue', `${repository.id}/${number}`));
    return c.json(comments.map((comment) => presentComment(forge, repository, comment)));
  });
  app.post(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const issue = findIssue(forge, repository, pathNumber(c, 'number'));
    const text = requiredText(await readBody(c), 'body', 'IssueComment');
    return c.json(presentComment(forge, repository, addComment(forge, identity, repository, issue, text)), 201);
  });
  app.get(one, (c) => {
    const { repository } = atRepository(forge, c, either, 'read');
    return c.json(presentComment(forge, repository, findComment(forge, repository, c)));
  });
  app.patch(one, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const comment = findComment(forge, repository, c);
    const body = requiredText(await readBody(c), 'body', 'IssueComment');
    return c.json(presentComment(forge, repository, changeComment(forge, identity, repository, comment, body)));
  });
  app.delete(one, (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    changeComment(forge, identity, repository, findComment(forge, repository, c), null);
    return c.body(null, 204);
  });
  app.get('/repos/:owner/:repo/issues/comments', (c) => {
    const { repository } = atRepository(forge, c, either, 'read');
    const since = c.req.query('since');
    const all = [...forge.store.comments.values()]
      .filter((comment) => comment.repositoryId === repository.id)
      .filter((comment) => since === undefined || Date.parse(comment.updatedAt) >= Date.parse(since));
    const sorted = c.req.query('direction') === 'desc' ? all.toReversed() : all;
    return c.json(paginate(c, sorted).map((comment) => presentComment(forge, repository, comment)));
  });
}

function findComment(forge: Forge, repository: Repository, c: Context): Comment {
  const comment = forge.store.comments.get(pathNumber(c, 'id'));
  if (comment?.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
  return comment;
}
