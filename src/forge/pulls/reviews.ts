import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { readCommits } from '../git/objects.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type Identity } from '../http.ts';
import { isTeamMember, requireAccount, requirePermission } from '../permissions.ts';
import type { Pull, Review } from '../rows.ts';
import { applicableRulesets } from '../rules/applicable-rulesets.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { repositoryOf } from './find-pull.ts';

export type ReviewEvent = 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT';

const states: Readonly<Record<ReviewEvent, Review['state']>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

/** Reviews a pull request; without an event the review is pending. @throws ApiError 403, 422 in GitHub's words. */
export async function createReview(
  forge: Forge,
  identity: Identity,
  pull: Pull,
  input: {
    readonly event?: ReviewEvent | undefined;
    readonly body?: string | undefined;
    readonly sha?: string | undefined;
  },
): Promise<Review> {
  const account = requireAccount(identity);
  const repository = repositoryOf(forge, pull);
  requirePermission(forge, identity, repository, 'pull_requests', 'write', 'read');
  const own = account.id === pull.authorId;
  if (own && input.event === 'APPROVE') throw refused('Review Can not approve your own pull request');
  if (own && input.event === 'REQUEST_CHANGES')
    throw refused('Review Can not request changes on your own pull request');
  if (identity.kind === 'job' && input.event === 'APPROVE' && !repository.canApprovePullRequestReviews) {
    throw refused('GitHub Actions is not permitted to approve pull requests.');
  }
  if (input.event !== undefined && input.event !== 'APPROVE' && (input.body ?? '') === '') {
    throw refused("Review Body can't be blank");
  }
  // Approving a commit that nobody has pushed yet would outlive the push that makes approvals stale.
  if (input.sha !== undefined && !(await isPullCommit(forge, pull, input.sha)))
    throw refused('Review commit_id is not part of the pull request');
  return forge.store.transaction(() => {
    const review: Review = {
      id: forge.store.next('reviews'),
      repositoryId: repository.id,
      pullId: pull.id,
      authorId: account.id,
      state: input.event === undefined ? 'PENDING' : states[input.event],
      body: input.body ?? '',
      commitSha: input.sha ?? pull.headSha,
      submittedAt: timestamp(forge),
    };
    forge.store.reviews.put(review);
    if (review.state === 'PENDING') return review;
    const requestedReviewerIds = pull.requestedReviewerIds.filter((id) => id !== account.id);
    const reviewed: Pull = {
      ...(forge.store.pulls.get(pull.id) ?? pull),
      requestedReviewerIds,
      updatedAt: timestamp(forge),
    };
    forge.store.pulls.put(reviewed);
    raiseEvent(forge, {
      name: 'pull_request_review',
      action: 'submitted',
      repository,
      identity,
      pull: reviewed,
      review,
    });
    return review;
  });
}

/** Takes an approval or a request for changes out of the count. @throws ApiError 403, 422 */
export function dismissReview(forge: Forge, identity: Identity, pull: Pull, review: Review, message: string): Review {
  const repository = repositoryOf(forge, pull);
  requirePermission(forge, identity, repository, 'pull_requests', 'write', 'write');
  if (!mayDismiss(forge, identity, pull)) throw new ApiError(403, words.mayNotDismiss());
  if (message === '') throw refused("Message can't be blank");
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw refused('Can not dismiss a commented pull request review');
  }
  return forge.store.transaction(() => {
    const dismissed: Review = { ...review, state: 'DISMISSED' };
    forge.store.reviews.put(dismissed);
    raiseEvent(forge, {
      name: 'pull_request_review',
      action: 'dismissed',
      repository,
      identity,
      pull,
      review: dismissed,
    });
    return dismissed;
  });
}

/** Where a rule of the base names who may dismiss, nobody else may. */
function mayDismiss(forge: Forge, identity: Identity, pull: Pull): boolean {
  const repository = repositoryOf(forge, pull);
  const restrictions = applicableRulesets(forge, repository, `refs/heads/${pull.baseRef}`)
    .flatMap((ruleset) => ruleset.rules)
    .filter((rule) => rule.type === 'pull_request')
    .flatMap((rule) => (rule.parameters?.['dismissal_restriction'] as Restriction | undefined) ?? [])
    .filter((one) => one.enabled);
  return restrictions.every((one) =>
    (one.allowed_actors ?? []).some(({ id, type }) => {
      if (/team/i.test(type)) return isTeamMember(forge, id, identity.account?.id ?? 0);
      if (/integration|app/i.test(type)) return identity.kind !== 'user' && identity.appId === id;
      return identity.kind === 'user' && identity.account?.id === id;
    }),
  );
}

interface Restriction {
  readonly enabled: boolean;
  readonly allowed_actors?: readonly { readonly id: number; readonly type: string }[];
}

/** Asks people and teams for a review, or takes that back. @throws ApiError 422 for those who cannot. */
export function requestReviewers(
  forge: Forge,
  identity: Identity,
  pull: Pull,
  input: { readonly logins: readonly string[]; readonly teams: readonly string[]; readonly remove?: boolean },
): Pull {
  const repository = repositoryOf(forge, pull);
  requirePermission(forge, identity, repository, 'pull_requests', 'write', 'triage');
  const people = input.logins.map((login) => {
    const account = forge.store.accounts.by('login', login.toLowerCase())[0];
    if (account === undefined) throw new ApiError(422, 'Reviews may only be requested from collaborators.');
    if (account.id === pull.authorId) throw new ApiError(422, 'Review cannot be requested from pull request author.');
    return account.id;
  });
  const known = forge.store.teams.by('organization', repository.ownerId);
  const teams = input.teams.map((slug) => {
    const team = known.find((one) => one.slug === slug);
    if (team === undefined) throw new ApiError(422, 'Could not add requested reviewers to pull request.');
    return team.id;
  });
  const change = (held: readonly number[], ids: readonly number[]): readonly number[] =>
    input.remove === true ? held.filter((id) => !ids.includes(id)) : [...new Set([...held, ...ids])];
  return forge.store.transaction(() => {
    const current = forge.store.pulls.get(pull.id) ?? pull;
    const changed: Pull = {
      ...current,
      requestedReviewerIds: change(current.requestedReviewerIds, people),
      requestedTeamIds: change(current.requestedTeamIds, teams),
      updatedAt: timestamp(forge),
    };
    forge.store.pulls.put(changed);
    const action = input.remove === true ? 'review_request_removed' : 'review_requested';
    for (const accountId of people) {
      raiseEvent(forge, { name: 'pull_request', action, repository, identity, pull: changed, accountId });
    }
    return changed;
  });
}

async function isPullCommit(forge: Forge, pull: Pull, sha: string): Promise<boolean> {
  if (sha === pull.headSha) return true;
  const folder = repositoryFolder(forge, pull.repositoryId);
  const commits = await readCommits(folder, [`${pull.baseSha}..${pull.headSha}`]);
  return commits.some((one) => one.sha === sha);
}

function refused(message: string): ApiError {
  return new ApiError(422, 'Unprocessable Entity', { errors: [message] });
}
