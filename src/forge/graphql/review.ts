import { nodeId } from '../node-id.ts';
import { authorAssociation } from '../present/author-association.ts';
import { presentReview } from '../present/review.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import { visibleComments } from '../pulls/review-comments.ts';
import type { Review } from '../rows.ts';
import { actorNode } from './actor.ts';
import { commitNode } from './git-objects.ts';
import { connection, type Fields, node } from './node.ts';
import { reactionGroups } from './reaction-groups.ts';
import { commentNode } from './review-thread.ts';

export const reviewFields: Fields<Review> = {
  id: (row) => nodeId('PullRequestReview', row.id),
  databaseId: (row) => row.id,
  body: (row) => row.body,
  state: (row) => row.state,
  submittedAt: (row) => (row.state === 'PENDING' ? null : row.submittedAt),
  createdAt: (row) => row.submittedAt,
  author: (row, _args, { forge }) => actorNode(forge, row.authorId),
  authorAssociation: (row, _args, { forge }) => authorAssociation(forge, repositoryOf(forge, row), row.authorId),
  authorCanPushToRepository: (row, _args, { forge }) =>
    authorAssociation(forge, repositoryOf(forge, row), row.authorId) !== 'NONE',
  commit: (row, _args, { forge }) => commitNode(forge, repositoryOf(forge, row), row.commitSha),
  includesCreatedEdit: () => false,
  reactionGroups: (row, _args, context) => reactionGroups(context, nodeId('PullRequestReview', row.id)),
  comments: (row, args, { forge, identity }) =>
    connection(
      args,
      visibleComments(forge, identity, forge.store.reviewComments.by('review', row.id)).map(commentNode),
    ),
  pullRequest: (row, _args, { forge }) => {
    const pull = forge.store.pulls.get(row.pullId);
    return pull === undefined ? null : node('PullRequest', pull);
  },
  url: (row, _args, { forge }) => {
    const pull = forge.store.pulls.get(row.pullId);
    return pull === undefined ? null : presentReview(forge, repositoryOf(forge, row), pull, row).html_url;
  },
};
