import type { Context } from 'hono';
import { optionalChoice, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { findIssue } from '../issues/find-issue.ts';
import { addReaction } from '../issues/reactions.ts';
import { nodeId } from '../node-id.ts';
import { paginate } from '../pagination.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import { presentReaction, reactionContents } from '../present/reactions.ts';
import type { Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

type ApiContext = Context<{ Variables: { identity: Identity } }>;

/** Reactions to issues, pull requests and comments. */
export function reactionsRoutes(app: ForgeApp, forge: Forge): void {
  const { comments, reviewComments } = forge.store;
  const base = '/repos/:owner/:repo';
  const either = ['issues', 'pull_requests'];
  react(app, forge, `${base}/issues/:number/reactions`, either, (repository, c) => {
    const issue = findIssue(forge, repository, pathNumber(c, 'number'));
    return nodeId('headSha' in issue ? 'PullRequest' : 'Issue', issue.id);
  });
  react(app, forge, `${base}/issues/comments/:id/reactions`, either, (repository, c) => {
    const comment = comments.get(pathNumber(c, 'id'));
    return comment?.repositoryId === repository.id ? nodeId('IssueComment', comment.id) : undefined;
  });
  react(app, forge, `${base}/pulls/comments/:id/reactions`, ['pull_requests'], (repository, c) => {
    const comment = reviewComments.get(pathNumber(c, 'id'));
    return comment?.repositoryId === repository.id ? nodeId('PullRequestReviewComment', comment.id) : undefined;
  });
}

function react(
  app: ForgeApp,
  forge: Forge,
  path: string,
  permission: readonly string[],
  find: (repository: Repository, c: ApiContext) => string | undefined,
): void {
  const at = (c: ApiContext) => {
    const { repository, identity } = atRepository(forge, c, permission, 'read');
    const subject = find(repository, c);
    if (subject === undefined) throw new ApiError(404, 'Not Found');
    return { repository, identity, subject };
  };
  app.get(path, (c) => {
    const { subject } = at(c);
    const content = optionalChoice(c.req.query(), 'content', reactionContents);
    const found = forge.store.reactions
      .by('subject', subject)
      .filter((one) => content === undefined || one.content === content);
    return c.json(paginate(c, found).map((one) => presentReaction(forge, one)));
  });
  app.post(path, async (c) => {
    const { repository, identity, subject } = at(c);
    requirePermission(forge, identity, repository, permission, 'write', 'read');
    const body = await readBody(c);
    requiredText(body, 'content', 'Reaction');
    const content = optionalChoice(body, 'content', reactionContents) ?? '+1';
    const { reaction, made } = addReaction(forge, identity, repository, subject, content);
    return c.json(presentReaction(forge, reaction), made ? 201 : 200);
  });
  app.delete(`${path}/:reaction`, (c) => {
    const { repository, identity, subject } = at(c);
    requirePermission(forge, identity, repository, permission, 'write', 'read');
    const reaction = forge.store.reactions.get(pathNumber(c, 'reaction'));
    if (reaction?.subject !== subject) throw new ApiError(404, 'Not Found');
    if (reaction.accountId !== requireAccount(identity).id)
      requirePermission(forge, identity, repository, permission, 'write', 'write');
    forge.store.transaction(() => forge.store.reactions.delete(reaction.id));
    return c.body(null, 204);
  });
}
