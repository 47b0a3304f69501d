import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { hasPermission } from '../permissions.ts';
import { authorAssociation } from '../present/author-association.ts';
import { presentReviewComment } from '../present/review-comment.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import { visibleComments } from '../pulls/review-comments.ts';
import type { Pull, ReviewComment, ReviewThread } from '../rows.ts';
import { actorNode } from './actor.ts';
import { commitNode } from './git-objects.ts';
import { connection, type Fields, type GraphqlContext, node } from './node.ts';
import { reactionGroups } from './reaction-groups.ts';

const firstOf = (forge: Forge, row: ReviewThread): ReviewComment | undefined =>
  forge.store.reviewComments.by('thread', row.id)[0];

export const threadFields: Fields<ReviewThread> = {
  id: (row) => nodeId('PullRequestReviewThread', row.id),
  isResolved: (row) => row.resolvedById !== null,
  isCollapsed: (row) => row.resolvedById !== null,
  isOutdated: (row, _args, { forge }) => {
    const pull = forge.store.pulls.get(row.pullId);
    return pull !== undefined && firstOf(forge, row)?.commitSha !== pull.headSha;
  },
  resolvedBy: (row, _args, { forge }) => actorNode(forge, row.resolvedById),
  path: (row) => row.path,
  line: (row, _args, { forge }) => firstOf(forge, row)?.line ?? null,
  originalLine: (row, _args, { forge }) => firstOf(forge, row)?.line ?? null,
  startLine: (row, _args, { forge }) => firstOf(forge, row)?.startLine ?? null,
  originalStartLine: (row, _args, { forge }) => firstOf(forge, row)?.startLine ?? null,
  diffSide: (row, _args, { forge }) => firstOf(forge, row)?.side ?? 'RIGHT',
  startDiffSide: (row, _args, { forge }) => firstOf(forge, row)?.startSide ?? null,
  subjectType: (row, _args, { forge }) => (firstOf(forge, row)?.line === null ? 'FILE' : 'LINE'),
  pullRequest: (row, _args, { forge }) => pullNode(forge, row),
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  comments: (row, args, { forge, identity }) =>
    connection(
      args,
      visibleComments(forge, identity, forge.store.reviewComments.by('thread', row.id)).map(commentNode),
    ),
  viewerCanResolve: (row, _args, context) => row.resolvedById === null && mayResolve(context, row),
  viewerCanUnresolve: (row, _args, context) => row.resolvedById !== null && mayResolve(context, row),
  viewerCanReply: (row, _args, { forge, identity }) =>
    identity.account !== undefined && hasPermission(forge, identity, repositoryOf(forge, row), 'pull_requests', 'read'),
};

export const reviewCommentFields: Fields<ReviewComment> = {
  id: (row) => nodeId('PullRequestReviewComment', row.id),
  databaseId: (row) => row.id,
  body: (row) => row.body,
  bodyText: (row) => row.body,
  path: (row) => row.path,
  position: (row) => row.position,
  originalPosition: (row) => row.position,
  line: (row) => row.line,
  originalLine: (row) => row.line,
  startLine: (row) => row.startLine,
  originalStartLine: (row) => row.startLine,
  diffHunk: (row) => row.diffHunk,
  subjectType: (row) => (row.line === null ? 'FILE' : 'LINE'),
  state: (row, _args, { forge }) =>
    forge.store.reviews.get(row.reviewId)?.state === 'PENDING' ? 'PENDING' : 'SUBMITTED',
  outdated: (row, _args, { forge }) => forge.store.pulls.get(row.pullId)?.headSha !== row.commitSha,
  createdAt: (row) => row.createdAt,
  updatedAt: (row) => row.updatedAt,
  publishedAt: (row) => row.createdAt,
  author: (row, _args, { forge }) => actorNode(forge, row.authorId),
  authorAssociation: (row, _args, { forge }) => authorAssociation(forge, repositoryOf(forge, row), row.authorId),
  viewerDidAuthor: (row, _args, { identity }) => identity.account?.id === row.authorId,
  includesCreatedEdit: () => false,
  isMinimized: () => false,
  minimizedReason: () => null,
  reactionGroups: (row, _args, context) => reactionGroups(context, nodeId('PullRequestReviewComment', row.id)),
  commit: (row, _args, { forge }) => commitNode(forge, repositoryOf(forge, row), row.commitSha),
  originalCommit: (row, _args, { forge }) => commitNode(forge, repositoryOf(forge, row), row.commitSha),
  replyTo: (row, _args, { forge }) => {
    const to = forge.store.reviewComments.get(row.inReplyToId ?? 0);
    return to === undefined ? null : commentNode(to);
  },
  pullRequestReview: (row, _args, { forge }) => {
    const review = forge.store.reviews.get(row.reviewId);
    return review === undefined ? null : node('PullRequestReview', review);
  },
  pullRequest: (row, _args, { forge }) => pullNode(forge, row),
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  url: (row, _args, { forge }) => {
    const pull = forge.store.pulls.get(row.pullId);
    return pull === undefined ? null : presentReviewComment(forge, repositoryOf(forge, row), pull, row).html_url;
  },
};

export function commentNode(comment: ReviewComment) {
  return node('PullRequestReviewComment', comment);
}

function pullNode(forge: Forge, row: { readonly pullId: number }) {
  const pull = forge.store.pulls.get(row.pullId);
  return pull === undefined ? null : node<Pull>('PullRequest', pull);
}

function mayResolve({ forge, identity }: GraphqlContext, row: ReviewThread): boolean {
  if (identity.account?.id === forge.store.pulls.get(row.pullId)?.authorId) return true;
  return hasPermission(forge, identity, repositoryOf(forge, row), 'pull_requests', 'write');
}
