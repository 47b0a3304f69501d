import { findPull, repositoryOf } from '../pulls/find-pull.ts';
import {
  changeComment,
  type NewComment,
  pendingReview,
  placeComments,
  putComments,
  replyInThread,
  resolveThread,
} from '../pulls/review-comments.ts';
import {
  createReview,
  deletePendingReview,
  dismissReview,
  type ReviewEvent,
  submitReview,
  updateReview,
} from '../pulls/reviews.ts';
import type { Pull, Review, ReviewComment, ReviewThread } from '../rows.ts';
import { words } from '../words.ts';
import { actorNode } from './actor.ts';
import { githubError } from './graphql-error.ts';
import { array, find, type Mutations, text } from './mutation-input.ts';
import { type Args, type GraphqlContext, node } from './node.ts';
import { commentNode } from './review-thread.ts';

export const reviewMutations: Mutations = {
  addPullRequestReview: async (input, context) => {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    const review = await createReview(context.forge, context.identity, pull, {
      event: eventOf(input['event']),
      body: text(input['body']),
      sha: text(input['commitOID']),
      comments: array(input['threads']).map(commentOf),
    });
    const pullRequestReview = node('PullRequestReview', review);
    return { pullRequestReview, reviewEdge: { node: pullRequestReview, cursor: '' } };
  },
  submitPullRequestReview: async (input, context) => {
    const { review, pull } = await reviewOf(context, input);
    const event = eventOf(input['event']) ?? 'COMMENT';
    const submitted = submitReview(context.forge, context.identity, pull, review, { event, body: text(input['body']) });
    return { pullRequestReview: node('PullRequestReview', submitted) };
  },
  updatePullRequestReview: async (input, context) => {
    const { review, pull } = await reviewOf(context, input);
    const changed = updateReview(context.forge, context.identity, pull, review, String(input['body']));
    return { pullRequestReview: node('PullRequestReview', changed) };
  },
  deletePullRequestReview: async (input, context) => {
    const { review, pull } = await reviewOf(context, input);
    deletePendingReview(context.forge, context.identity, pull, review);
    return { pullRequestReview: node('PullRequestReview', review) };
  },
  dismissPullRequestReview: async (input, context) => {
    const { review, pull } = await reviewOf(context, input);
    const dismissed = dismissReview(context.forge, context.identity, pull, review, String(input['message']));
    return { pullRequestReview: node('PullRequestReview', dismissed) };
  },
  addPullRequestReviewThread: async (input, context) => {
    const { forge, identity } = context;
    const given = text(input['pullRequestReviewId']);
    const pull =
      given === undefined
        ? await find<Pull>(context, input['pullRequestId'], 'PullRequest')
        : (await reviewOf(context, input)).pull;
    const held = given === undefined ? undefined : (await reviewOf(context, input)).review;
    const own = held ?? pendingReview(forge, pull, identity.account?.id ?? 0);
    const review = own ?? (await createReview(forge, identity, pull, {}));
    if (review.state !== 'PENDING' || review.authorId !== identity.account?.id)
      throw githubError('UNPROCESSABLE', 'Pull request review is not pending, or somebody else’s');
    const placed = await placeComments(forge, pull, [commentOf(input)]);
    const [comment] = forge.store.transaction(() => putComments(forge, review, placed));
    const thread = forge.store.reviewThreads.get(comment?.threadId ?? 0);
    return { thread: thread === undefined ? null : node('PullRequestReviewThread', thread) };
  },
  addPullRequestReviewThreadReply: async (input, context) => {
    const { forge, identity } = context;
    const thread = await find<ReviewThread>(context, input['pullRequestReviewThreadId'], 'PullRequestReviewThread');
    const pull = pullOf(context, thread);
    return { comment: commentNode(replyInThread(forge, identity, pull, thread, String(input['body']))) };
  },
  updatePullRequestReviewComment: async (input, context) => {
    const { forge, identity } = context;
    const comment = await find<ReviewComment>(context, input['pullRequestReviewCommentId'], 'PullRequestReviewComment');
    const changed = changeComment(forge, identity, pullOf(context, comment), comment, String(input['body']));
    return { pullRequestReviewComment: commentNode(changed) };
  },
  deletePullRequestReviewComment: async (input, context) => {
    const { forge, identity } = context;
    const comment = await find<ReviewComment>(context, input['id'], 'PullRequestReviewComment');
    const review = forge.store.reviews.get(comment.reviewId);
    changeComment(forge, identity, pullOf(context, comment), comment, null);
    return { pullRequestReview: review === undefined ? null : node('PullRequestReview', review) };
  },
  resolveReviewThread: (input, context) => resolve(input, context, true),
  unresolveReviewThread: (input, context) => resolve(input, context, false),
};

async function resolve(input: Args, context: GraphqlContext, resolved: boolean) {
  const { forge, identity } = context;
  const thread = await find<ReviewThread>(context, input['threadId'], 'PullRequestReviewThread');
  const changed = resolveThread(forge, identity, thread, resolved);
  return { thread: node('PullRequestReviewThread', changed), actor: actorNode(forge, identity.account?.id) };
}

async function reviewOf(
  context: GraphqlContext,
  input: Args,
): Promise<{ readonly review: Review; readonly pull: Pull }> {
  const { forge, identity } = context;
  if (input['pullRequestReviewId'] === undefined || input['pullRequestReviewId'] === null) {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    const review = pendingReview(forge, pull, identity.account?.id ?? 0);
    if (review === undefined) throw githubError('NOT_FOUND', words.unresolved('a pending PullRequestReview'));
    return { review, pull };
  }
  const review = await find<Review>(context, input['pullRequestReviewId'], 'PullRequestReview');
  return { review, pull: pullOf(context, review) };
}

function pullOf({ forge }: GraphqlContext, row: { readonly pullId: number; readonly repositoryId: number }): Pull {
  const pull = forge.store.pulls.get(row.pullId);
  return findPull(forge, repositoryOf(forge, row), pull?.number ?? 0);
}

function eventOf(value: unknown): ReviewEvent | undefined {
  return (['APPROVE', 'REQUEST_CHANGES', 'COMMENT'] as const).find((one) => one === value);
}

function commentOf(input: Args): NewComment {
  const side = (value: unknown): 'LEFT' | 'RIGHT' | undefined =>
    value === 'LEFT' || value === 'RIGHT' ? value : undefined;
  const line = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
  return {
    body: String(input['body'] ?? ''),
    path: String(input['path'] ?? ''),
    line: input['subjectType'] === 'FILE' ? undefined : line(input['line']),
    side: side(input['side']),
    startLine: line(input['startLine']),
    startSide: side(input['startSide']),
  };
}
