import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Comment, Repository } from '../rows.ts';
import { presentAccountById } from './account.ts';
import { authorAssociation } from './author-association.ts';
import { presentReactions } from './reactions.ts';

export function presentComment(
  forge: Forge,
  repository: Repository,
  comment: Comment,
): components['schemas']['issue-comment'] {
  const name = fullNameOf(forge, repository);
  const isPull = forge.store.pulls.by('number', `${repository.id}/${comment.issueNumber}`).length > 0;
  const kind = isPull ? 'pull' : 'issues';
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    url: `${forge.urls.api}/repos/${name}/issues/comments/${comment.id}`,
    html_url: `${forge.urls.html}/${name}/${kind}/${comment.issueNumber}#issuecomment-${comment.id}`,
    issue_url: `${forge.urls.api}/repos/${name}/issues/${comment.issueNumber}`,
    body: comment.body,
    user: presentAccountById(forge, comment.authorId),
    author_association: authorAssociation(forge, repository, comment.authorId),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    performed_via_github_app: null,
    reactions: presentReactions(
      forge,
      nodeId('IssueComment', comment.id),
      `${forge.urls.api}/repos/${name}/issues/comments/${comment.id}`,
    ),
  };
}
