import type { Context } from 'hono';
import { type Body, optionalChoice, optionalText, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentReviewComment } from '../present/review-comment.ts';
import { findPull } from '../pulls/find-pull.ts';
import { changeComment, type NewComment, replyInThread, visibleComments } from '../pulls/review-comments.ts';
import { createReview } from '../pulls/reviews.ts';
import type { Pull, Repository, ReviewComment } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;

/** Comments on the files of a pull request's difference. */
export function reviewCommentsRoutes(app: ForgeApp, forge: Forge): void {
  const base = '/repos/:owner/:repo/pulls';
  app.get(`${base}/comments`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'pull_requests', 'read');
    const all = forge.store.pulls
      .by('repository', repository.id)
      .flatMap((pull) => forge.store.reviewComments.by('pull', pull.id).map((comment) => ({ pull, comment })))
      .sort((a, b) => a.comment.id - b.comment.id);
    const seen = new Set(
      visibleComments(
        forge,
        identity,
        all.map((one) => one.comment),
      ),
    );
    const shown = paginate(
      c,
      all.filter((one) => seen.has(one.comment)),
    );
    return c.json(shown.map(({ pull, comment }) => presentReviewComment(forge, repository, pull, comment)));
  });
  app.get(`${base}/comments/:comment`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'pull_requests', 'read');
    const { pull, comment } = found(forge, c, repository, identity);
    return c.json(presentReviewComment(forge, repository, pull, comment));
  });
  app.patch(`${base}/comments/:comment`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const { pull, comment } = found(forge, c, repository, identity);
    const body = requiredText(await readBody(c), 'body', 'PullRequestReviewComment');
    return c.json(presentReviewComment(forge, repository, pull, changeComment(forge, identity, pull, comment, body)));
  });
  app.delete(`${base}/comments/:comment`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const { pull, comment } = found(forge, c, repository, identity);
    changeComment(forge, identity, pull, comment, null);
    return c.body(null, 204);
  });
  app.get(`${base}/:number/comments`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'pull_requests', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const comments = visibleComments(forge, identity, forge.store.reviewComments.by('pull', pull.id));
    return c.json(paginate(c, comments).map((one) => presentReviewComment(forge, repository, pull, one)));
  });
  app.post(`${base}/:number/comments`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const body = await readBody(c);
    if (typeof body['in_reply_to'] === 'number') {
      const text = requiredText(body, 'body', 'PullRequestReviewComment');
      return c.json(reply(forge, identity, repository, pull, body['in_reply_to'], text), 201);
    }
    const sha = requiredText(body, 'commit_id', 'PullRequestReviewComment');
    const review = await createReview(forge, identity, pull, { event: 'COMMENT', sha, comments: [readComment(body)] });
    const [made] = forge.store.reviewComments.by('review', review.id);
    if (made === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentReviewComment(forge, repository, pull, made), 201);
  });
  app.post(`${base}/:number/comments/:comment/replies`, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const pull = findPull(forge, repository, pathNumber(c, 'number'));
    const text = requiredText(await readBody(c), 'body', 'PullRequestReviewComment');
    return c.json(reply(forge, identity, repository, pull, pathNumber(c, 'comment'), text), 201);
  });
}

function reply(forge: Forge, identity: Identity, repository: Repository, pull: Pull, to: number, text: string) {
  const first = forge.store.reviewComments.get(to);
  const thread = forge.store.reviewThreads.get(first?.threadId ?? 0);
  if (first?.pullId !== pull.id || thread === undefined) throw new ApiError(404, 'Not Found');
  return presentReviewComment(forge, repository, pull, replyInThread(forge, identity, pull, thread, text));
}

function found(
  forge: Forge,
  c: RouteContext,
  repository: Repository,
  identity: Identity,
): { readonly pull: Pull; readonly comment: ReviewComment } {
  const comment = forge.store.reviewComments.get(pathNumber(c, 'comment'));
  const pull = forge.store.pulls.get(comment?.pullId ?? 0);
  const seen = comment !== undefined && visibleComments(forge, identity, [comment]).length > 0;
  if (!seen || pull?.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
  return { pull, comment };
}

/** A comment as reviews and this route take it. @throws ApiError 422 */
export function readComment(body: Body): NewComment {
  const number = (name: string): number | undefined => (typeof body[name] === 'number' ? body[name] : undefined);
  return {
    body: requiredText(body, 'body', 'PullRequestReviewComment'),
    path: requiredText(body, 'path', 'PullRequestReviewComment'),
    line: optionalText(body, 'subject_type') === 'file' ? undefined : number('line'),
    side: optionalChoice(body, 'side', ['LEFT', 'RIGHT']),
    startLine: number('start_line'),
    startSide: optionalChoice(body, 'start_side', ['LEFT', 'RIGHT']),
  };
}
