import type { Context } from 'hono';
import { type Body, optionalChoice, optionalText, readBody, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentReview } from '../present/review.ts';
import { presentReviewComment } from '../present/review-comment.ts';
import { findPull } from '../pulls/find-pull.ts';
import { type NewComment, visibleComments } from '../pulls/review-comments.ts';
import { createReview, deletePendingReview, dismissReview, submitReview, updateReview } from '../pulls/reviews.ts';
import type { Pull, Review } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { readComment } from './review-comments.ts';

export function reviewsRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/pulls/:number/reviews';
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const { account } = c.get('identity');
    const all = forge.store.reviews.by('pull', pull.id);
    // A pending review is its author's alone.
    const reviews = paginate(
      c,
      all.filter((one) => one.state !== 'PENDING' || one.authorId === account?.id),
    );
    return c.json(reviews.map((review) => presentReview(forge, repository, pull, review)));
  });
  app.post(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const body = await readBody(c);
    const review = await createReview(forge, identity, pull, {
      event: optionalChoice(body, 'event', ['APPROVE', 'REQUEST_CHANGES', 'COMMENT']),
      body: optionalText(body, 'body'),
      sha: optionalText(body, 'commit_id'),
      comments: commentsOf(body),
    });
    return c.json(presentReview(forge, repository, pull, review));
  });
  app.put(`${path}/:review`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const text = optionalText(await readBody(c), 'body') ?? '';
    const review = updateReview(forge, identity, pull, findReview(forge, pull, c), text);
    return c.json(presentReview(forge, repository, pull, review));
  });
  app.delete(`${path}/:review`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const review = findReview(forge, pull, c);
    const shown = presentReview(forge, repository, pull, review);
    deletePendingReview(forge, identity, pull, review);
    return c.json(shown);
  });
  app.post(`${path}/:review/events`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const body = await readBody(c);
    const event = optionalChoice(body, 'event', ['APPROVE', 'REQUEST_CHANGES', 'COMMENT']);
    if (event === undefined)
      throw validationFailed({ resource: 'PullRequestReview', code: 'missing_field', field: 'event' });
    const input = { event, body: optionalText(body, 'body') };
    const review = submitReview(forge, identity, pull, findReview(forge, pull, c), input);
    return c.json(presentReview(forge, repository, pull, review));
  });
  app.get(`${path}/:review/comments`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'pull_requests', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const { id } = findReview(forge, pull, c);
    const comments = visibleComments(forge, identity, forge.store.reviewComments.by('review', id));
    return c.json(paginate(c, comments).map((one) => presentReviewComment(forge, repository, pull, one)));
  });
  app.get(`${path}/:review`, (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    return c.json(presentReview(forge, repository, pull, findReview(forge, pull, c)));
  });
  app.put(`${path}/:review/dismissals`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const message = optionalText(await readBody(c), 'message') ?? '';
    const review = dismissReview(forge, identity, pull, findReview(forge, pull, c), message);
    return c.json(presentReview(forge, repository, pull, review));
  });
}

function commentsOf(body: Body): readonly NewComment[] {
  const list: unknown = body['comments'];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new ApiError(422, 'Invalid request.\n\ncomments is not an array.');
  return list.map((one: unknown) => readComment(typeof one === 'object' && one !== null ? { ...one } : {}));
}

function findReview(forge: Forge, pull: Pull, c: Context<{ Variables: { identity: Identity } }>): Review {
  const review = forge.store.reviews.get(pathNumber(c, 'review'));
  const hidden = review?.state === 'PENDING' && review.authorId !== c.get('identity').account?.id;
  if (review?.pullId !== pull.id || hidden) throw new ApiError(404, 'Not Found');
  return review;
}
