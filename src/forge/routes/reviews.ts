import type { Context } from 'hono';
import { optionalChoice, optionalText, readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentReview } from '../present/review.ts';
import { findPull } from '../pulls/find-pull.ts';
import { createReview, dismissReview } from '../pulls/reviews.ts';
import type { Pull, Review } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

export function reviewsRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/pulls/:number/reviews';
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const reviews = paginate(c, forge.store.reviews.by('pull', pull.id));
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
    });
    return c.json(presentReview(forge, repository, pull, review));
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

function findReview(forge: Forge, pull: Pull, c: Context): Review {
  const review = forge.store.reviews.get(pathNumber(c, 'review'));
  if (review?.pullId !== pull.id) throw new ApiError(404, 'Not Found');
  return review;
}
