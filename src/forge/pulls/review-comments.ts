import { validationFailed } from '../body.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import type { Pull, Review, ReviewComment, ReviewThread } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { repositoryOf } from './find-pull.ts';
import { locateLine } from './locate-line.ts';
import { listPullFiles } from './pull-content.ts';

export interface NewComment {
  readonly body: string;
  readonly path: string;
  /** Of the file; without it the whole file is meant. */
  readonly line?: number | undefined;
  readonly side?: 'LEFT' | 'RIGHT' | undefined;
  readonly startLine?: number | undefined;
  readonly startSide?: 'LEFT' | 'RIGHT' | undefined;
}

/** Where each comment stands in the difference. @throws ApiError 422 for files and lines that are not in it */
export async function placeComments(
  forge: Forge,
  pull: Pull,
  comments: readonly NewComment[],
): Promise<readonly (NewComment & Pick<ReviewComment, 'diffHunk' | 'position'>)[]> {
  if (comments.length === 0) return [];
  const files = await listPullFiles(forge, repositoryOf(forge, pull), pull);
  return comments.map((comment) => {
    const invalid = (field: string): ApiError =>
      validationFailed({
        resource: 'PullRequestReviewComment',
        code: 'invalid',
        field: `pull_request_review_thread.${field}`,
      });
    if (comment.body.trim() === '') throw invalid('body');
    const file = files.find((one) => one.filename === comment.path);
    if (file === undefined) throw invalid('path');
    if (comment.line === undefined) return { ...comment, diffHunk: '', position: 1 };
    const place = locateLine(file.patch ?? '', comment.line, comment.side ?? 'RIGHT');
    if (place === undefined) throw invalid('line');
    return { ...comment, ...place };
  });
}

/** Puts comments into a review, each with a thread of its own. Inside a transaction. */
export function putComments(
  forge: Forge,
  review: Review,
  comments: readonly (NewComment & Pick<ReviewComment, 'diffHunk' | 'position'>)[],
): readonly ReviewComment[] {
  const { store } = forge;
  return comments.map((comment) => {
    const { repositoryId, pullId } = review;
    const thread: ReviewThread = {
      id: store.next('reviewThreads'),
      repositoryId,
      pullId,
      path: comment.path,
      resolvedById: null,
    };
    store.reviewThreads.put(thread);
    const at = timestamp(forge);
    const row: ReviewComment = {
      id: store.next('reviewComments'),
      repositoryId,
      pullId,
      threadId: thread.id,
      reviewId: review.id,
      authorId: review.authorId,
      body: comment.body,
      path: comment.path,
      commitSha: review.commitSha,
      line: comment.line ?? null,
      startLine: comment.startLine ?? null,
      side: comment.side ?? 'RIGHT',
      startSide: comment.startLine === undefined ? null : (comment.startSide ?? comment.side ?? 'RIGHT'),
      diffHunk: comment.diffHunk,
      position: comment.position,
      inReplyToId: null,
      createdAt: at,
      updatedAt: at,
    };
    store.reviewComments.put(row);
    return row;
  });
}

/** Answers in a thread: as part of the author's pending review, or of a new one that is submitted at once. */
export function replyInThread(
  forge: Forge,
  identity: Identity,
  pull: Pull,
  thread: ReviewThread,
  body: string,
): ReviewComment {
  const account = requireAccount(identity);
  const repository = repositoryOf(forge, pull);
  requirePermission(forge, identity, repository, 'pull_requests', 'write', 'read');
  const [first] = forge.store.reviewComments.by('thread', thread.id);
  if (first === undefined) throw new ApiError(404, 'Not Found');
  if (body.trim() === '')
    throw validationFailed({ resource: 'PullRequestReviewComment', code: 'missing_field', field: 'body' });
  const { store } = forge;
  return store.transaction(() => {
    const review = pendingReview(forge, pull, account.id) ?? putReview(forge, pull, account.id);
    const at = timestamp(forge);
    const reply: ReviewComment = {
      ...first,
      id: store.next('reviewComments'),
      reviewId: review.id,
      authorId: account.id,
      body,
      inReplyToId: first.id,
      createdAt: at,
      updatedAt: at,
    };
    store.reviewComments.put(reply);
    if (review.state !== 'PENDING') raiseComment(forge, identity, pull, reply, 'created');
    return reply;
  });
}

function putReview(forge: Forge, pull: Pull, authorId: number): Review {
  const review: Review = {
    id: forge.store.next('reviews'),
    repositoryId: pull.repositoryId,
    pullId: pull.id,
    authorId,
    state: 'COMMENTED',
    body: '',
    commitSha: pull.headSha,
    submittedAt: timestamp(forge),
  };
  forge.store.reviews.put(review);
  return review;
}

/** A review that its author has begun and not submitted. */
export function pendingReview(forge: Forge, pull: Pull, authorId: number): Review | undefined {
  return forge.store.reviews.by('pull', pull.id).find((one) => one.state === 'PENDING' && one.authorId === authorId);
}

/** Inside a transaction. */
export function raiseComment(
  forge: Forge,
  identity: Identity,
  pull: Pull,
  comment: ReviewComment,
  action: 'created' | 'edited' | 'deleted',
  from?: string,
): void {
  const repository = repositoryOf(forge, pull);
  const edited = from === undefined ? {} : { from };
  raiseEvent(forge, { name: 'pull_request_review_comment', action, repository, identity, pull, comment, ...edited });
}

/** Changes a comment's text, or deletes it (null) and with the last one its thread. @throws ApiError 403 */
export function changeComment(
  forge: Forge,
  identity: Identity,
  pull: Pull,
  comment: ReviewComment,
  body: string | null,
): ReviewComment {
  const own = requireAccount(identity).id === comment.authorId;
  requirePermission(forge, identity, repositoryOf(forge, pull), 'pull_requests', 'write', own ? 'read' : 'write');
  const { store } = forge;
  return store.transaction(() => {
    const changed = { ...comment, body: body ?? comment.body, updatedAt: timestamp(forge) };
    if (body !== null) store.reviewComments.put(changed);
    else {
      store.reviewComments.delete(comment.id);
      if (store.reviewComments.by('thread', comment.threadId).length === 0)
        store.reviewThreads.delete(comment.threadId);
    }
    const pending = store.reviews.get(comment.reviewId)?.state === 'PENDING';
    if (!pending)
      raiseComment(
        forge,
        identity,
        pull,
        changed,
        body === null ? 'deleted' : 'edited',
        body === null ? undefined : comment.body,
      );
    return changed;
  });
}

/** Marks a conversation as resolved, or takes that back: its pull request's author and those who may write. */
export function resolveThread(forge: Forge, identity: Identity, thread: ReviewThread, resolved: boolean): ReviewThread {
  const account = requireAccount(identity);
  const pull = forge.store.pulls.get(thread.pullId);
  if (pull === undefined) throw new ApiError(404, 'Not Found');
  const repository = repositoryOf(forge, pull);
  const own = account.id === pull.authorId;
  requirePermission(forge, identity, repository, 'pull_requests', 'write', own ? 'read' : 'write');
  if ((thread.resolvedById !== null) === resolved) return thread;
  const changed = { ...thread, resolvedById: resolved ? account.id : null };
  forge.store.transaction(() => {
    forge.store.reviewThreads.put(changed);
    const action = resolved ? 'resolved' : 'unresolved';
    raiseEvent(forge, { name: 'pull_request_review_thread', action, repository, identity, pull, thread: changed });
  });
  return changed;
}

/** Submitted comments, and the asker's own that are pending. */
export function visibleComments(
  forge: Forge,
  identity: Identity,
  comments: readonly ReviewComment[],
): readonly ReviewComment[] {
  return comments.filter((comment) => {
    const pending = forge.store.reviews.get(comment.reviewId)?.state === 'PENDING';
    return !pending || comment.authorId === identity.account?.id;
  });
}

/** @throws ApiError 422 where somebody asks for a second review while one is pending */
export function refuseSecondPending(forge: Forge, pull: Pull, authorId: number): void {
  if (pendingReview(forge, pull, authorId) !== undefined)
    throw new ApiError(422, 'Unprocessable Entity', { errors: [words.onePendingReview()] });
}
