import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Issue, Pull, Repository } from '../rows.ts';
import { presentAccountById } from './account.ts';
import { authorAssociation } from './author-association.ts';
import { presentLabels } from './label.ts';
import { presentMilestoneOf } from './milestone.ts';
import { presentReactions } from './reactions.ts';

/** An issue, or a pull request as GitHub's issues API shows it. */
export function presentIssue(
  forge: Forge,
  repository: Repository,
  issue: Issue | Pull,
): components['schemas']['issue'] {
  const name = fullNameOf(forge, repository);
  const api = `${forge.urls.api}/repos/${name}/issues/${issue.number}`;
  const isPull = 'headSha' in issue;
  const html = `${forge.urls.html}/${name}/${isPull ? 'pull' : 'issues'}/${issue.number}`;
  const assignees = (issue.assigneeIds ?? []).map((id) => presentAccountById(forge, id));
  const pull = { url: `${forge.urls.api}/repos/${name}/pulls/${issue.number}`, html_url: html };
  return {
    id: issue.id,
    node_id: nodeId(isPull ? 'PullRequest' : 'Issue', issue.id),
    url: api,
    repository_url: `${forge.urls.api}/repos/${name}`,
    labels_url: `${api}/labels{/name}`,
    comments_url: `${api}/comments`,
    events_url: `${api}/events`,
    html_url: html,
    number: issue.number,
    title: issue.title,
    user: presentAccountById(forge, issue.authorId),
    labels: presentLabels(forge, repository, issue.labels),
    state: issue.state,
    state_reason: isPull ? null : (issue.stateReason ?? (issue.state === 'closed' ? 'completed' : null)),
    locked: false,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: presentMilestoneOf(forge, repository, issue),
    comments: forge.store.comments.by('issue', `${repository.id}/${issue.number}`).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: authorAssociation(forge, repository, issue.authorId),
    active_lock_reason: null,
    body: issue.body,
    performed_via_github_app: null,
    reactions: presentReactions(forge, nodeId(isPull ? 'PullRequest' : 'Issue', issue.id), api),
    ...(isPull
      ? {
          draft: issue.draft,
          pull_request: { ...pull, diff_url: `${html}.diff`, patch_url: `${html}.patch`, merged_at: issue.mergedAt },
        }
      : {}),
  };
}
