import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Pull, Repository, ReviewComment } from '../rows.ts';
import { presentAccountById } from './account.ts';
import { authorAssociation } from './author-association.ts';
import { presentReactions } from './reactions.ts';

export function presentReviewComment(
  forge: Forge,
  repository: Repository,
  pull: Pull,
  comment: ReviewComment,
): components['schemas']['pull-request-review-comment'] {
  const name = fullNameOf(forge, repository);
  const url = `${forge.urls.api}/repos/${name}/pulls/comments/${comment.id}`;
  const html = `${forge.urls.html}/${name}/pull/${pull.number}#discussion_r${comment.id}`;
  const pullUrl = `${forge.urls.api}/repos/${name}/pulls/${pull.number}`;
  const lines =
    comment.line === null
      ? {}
      : {
          line: comment.line,
          original_line: comment.line,
          start_line: comment.startLine,
          original_start_line: comment.startLine,
          side: comment.side,
          start_side: comment.startSide,
        };
  return {
    url,
    pull_request_review_id: comment.reviewId,
    id: comment.id,
    node_id: nodeId('PullRequestReviewComment', comment.id),
    diff_hunk: comment.diffHunk,
    path: comment.path,
    position: comment.position,
    original_position: comment.position,
    commit_id: comment.commitSha,
    original_commit_id: comment.commitSha,
    ...(comment.inReplyToId === null ? {} : { in_reply_to_id: comment.inReplyToId }),
    user: presentAccountById(forge, comment.authorId),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: authorAssociation(forge, repository, comment.authorId),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
    ...lines,
    subject_type: comment.line === null ? 'file' : 'line',
    reactions: presentReactions(forge, nodeId('PullRequestReviewComment', comment.id), url),
  };
}
