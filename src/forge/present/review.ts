import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Pull, Repository, Review } from '../rows.ts';
import { presentAccountById } from './account.ts';
import { authorAssociation } from './author-association.ts';

export function presentReview(
  forge: Forge,
  repository: Repository,
  pull: Pull,
  review: Review,
): components['schemas']['pull-request-review'] {
  const name = fullNameOf(forge, repository);
  const html = `${forge.urls.html}/${name}/pull/${pull.number}#pullrequestreview-${review.id}`;
  const api = `${forge.urls.api}/repos/${name}/pulls/${pull.number}`;
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: presentAccountById(forge, review.authorId),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: api,
    author_association: authorAssociation(forge, repository, review.authorId),
    _links: { html: { href: html }, pull_request: { href: api } },
    ...(review.state === 'PENDING' ? {} : { submitted_at: review.submittedAt }),
    commit_id: review.commitSha,
  };
}
