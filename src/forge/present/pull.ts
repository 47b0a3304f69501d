import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Pull, Repository } from '../rows.ts';
import { presentAccount, presentAccountById } from './account.ts';
import { authorAssociation } from './author-association.ts';
import { presentLabels } from './label.ts';
import { presentMilestoneOf } from './milestone.ts';
import { presentRepository } from './repository.ts';
import { presentSimpleTeam, presentTeam } from './team.ts';

/** What a single pull request's answer says beyond lists: facts that take git to know. */
export interface PullFacts {
  /** Null while nobody has looked. */
  readonly mergeable: boolean | null;
  /** `clean`, `blocked`, `behind`, `dirty`, `draft`, `unstable`, `unknown`. */
  readonly mergeableState: string;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** A pull request as lists and events have it. */
export function presentPull(
  forge: Forge,
  repository: Repository,
  pull: Pull,
): components['schemas']['pull-request-simple'] {
  const name = fullNameOf(forge, repository);
  const api = `${forge.urls.api}/repos/${name}/pulls/${pull.number}`;
  const issue = `${forge.urls.api}/repos/${name}/issues/${pull.number}`;
  const statuses = `${forge.urls.api}/repos/${name}/statuses/${pull.headSha}`;
  const html = `${forge.urls.html}/${name}/pull/${pull.number}`;
  const reviewComment = `${forge.urls.api}/repos/${name}/pulls/comments{/number}`;
  const teams = pull.requestedTeamIds.flatMap((id) => forge.store.teams.get(id) ?? []);
  const assignees = (pull.assigneeIds ?? []).map((id) => presentAccountById(forge, id));
  return {
    url: api,
    id: pull.id,
    node_id: nodeId('PullRequest', pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${api}/commits`,
    review_comments_url: `${api}/comments`,
    review_comment_url: reviewComment,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: presentAccountById(forge, pull.authorId),
    body: pull.body,
    labels: presentLabels(forge, repository, pull.labels),
    milestone: presentMilestoneOf(forge, repository, pull),
    active_lock_reason: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.merged ? pull.mergeCommitSha : pull.mergeRefSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: pull.requestedReviewerIds.map((id) => presentAccountById(forge, id)),
    requested_teams: teams.map((team) => presentTeam(forge, team)),
    head: presentSide(forge, pull.headRepositoryId, pull.headRef, pull.headSha),
    base: presentSide(forge, pull.repositoryId, pull.baseRef, pull.baseSha),
    _links: {
      self: { href: api },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${api}/comments` },
      review_comment: { href: reviewComment },
      commits: { href: `${api}/commits` },
      statuses: { href: statuses },
    },
    author_association: authorAssociation(forge, repository, pull.authorId),
    auto_merge: presentAutoMerge(forge, pull),
    draft: pull.draft,
  };
}

/** A single pull request. */
export function presentFullPull(
  forge: Forge,
  repository: Repository,
  pull: Pull,
  facts: PullFacts,
): components['schemas']['pull-request'] {
  const {
    user,
    labels,
    head,
    base,
    requested_teams: _teams,
    state: _state,
    ...shown
  } = presentPull(forge, repository, pull);
  const teams = pull.requestedTeamIds.flatMap((id) => forge.store.teams.get(id) ?? []);
  return {
    ...shown,
    state: pull.state,
    user: user ?? presentAccount(forge, undefined),
    labels,
    requested_teams: teams.map((team) => presentSimpleTeam(forge, team)),
    head: { ...head, user: head.user ?? presentAccount(forge, undefined) },
    base: { ...base, user: base.user ?? presentAccount(forge, undefined) },
    merged: pull.merged,
    mergeable: pull.state === 'closed' ? null : facts.mergeable,
    rebaseable: pull.state === 'closed' ? null : facts.mergeable,
    mergeable_state: facts.mergeableState,
    merged_by: pull.mergedById === null ? null : presentAccountById(forge, pull.mergedById),
    comments: forge.store.comments.by('issue', `${repository.id}/${pull.number}`).length,
    review_comments: forge.store.reviewComments.by('pull', pull.id).length,
    maintainer_can_modify: pull.maintainerCanModify ?? false,
    commits: facts.commits,
    additions: facts.additions,
    deletions: facts.deletions,
    changed_files: facts.changedFiles,
  };
}

function presentSide(forge: Forge, repositoryId: number, ref: string, sha: string) {
  const repository = forge.store.repositories.get(repositoryId);
  const owner = forge.store.accounts.get(repository?.ownerId ?? 0);
  return {
    label: `${owner?.login ?? 'unknown'}:${ref}`,
    ref,
    sha,
    user: presentAccount(forge, owner),
    // A fork that was deleted is null on GitHub too; its schema does not know.
    repo: (repository === undefined
      ? null
      : presentRepository(forge, repository)) as components['schemas']['repository'],
  };
}

function presentAutoMerge(forge: Forge, pull: Pull): components['schemas']['auto-merge'] {
  if (pull.autoMerge === null) return null;
  return {
    enabled_by: presentAccountById(forge, pull.autoMerge.enabledById),
    merge_method: pull.autoMerge.method,
    commit_title: pull.autoMerge.commitTitle ?? pull.title,
    commit_message: pull.autoMerge.commitMessage ?? '',
  };
}
