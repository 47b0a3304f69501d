import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { readCommits } from '../git/objects.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type Identity } from '../http.ts';
import { isTeamMember, requireAccount, requirePermission, roleOf } from '../permissions.ts';
import type { Pull, Review } from '../rows.ts';
import { applicableRulesets } from '../rules/applicable-rulesets.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { repositoryOf } from './find-pull.ts';
import { type NewComment, placeComments, putComments, raiseComment, refuseSecondPending } from './review-comments.ts';

export type ReviewEvent = 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT';

const states: Readonly<Record<ReviewEvent, Review['state']>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

export interface NewReview {
  readonly event?: ReviewEvent | undefined;
  readonly body?: string | undefined;
  readonly sha?: string | undefined;
  readonly comments?: readonly NewComment[] | undefined;
}

/** Reviews a pull request; without an event the review is pending. @throws ApiError 403, 422 in GitHub's words. */
export async function createReview(forge: Forge, identity: Identity, pull: Pull, input: NewReview): Promise<Review> {
  const account = requireAccount(identity);
  const repository = repositoryOf(forge, pull);
  requirePermission(forge, identity, repository, 'pull_requests', 'write', 'read');
  refuseUnfit(identity, pull, input);
  refuseSecondPending(forge, pull, account.id);
  // Approving a commit that nobody has pushed yet would outlive the push that makes approvals stale.
  if (input.sha !== undefined && !(await isPullCommit(forge, pull, input.sha))) throw refused(words.foreignCommit());
  const comments = await placeComments(forge, pull, input.comments ?? []);
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
    putComments(forge, review, comments);
    if (review.state !== 'PENDING') announce(forge, identity, pull, review);
    return review;
  });
}

/** Submits a review that is pending. @throws ApiError 403, 422 */
export function submitReview(
  forge: Forge,
  identity: Identity,
  pull: Pull,
  review: Review,
  input: { readonly event: ReviewEvent; readonly body?: string | undefined },
): Review {
  requireOwn(forge, identity, pull, review);
  if (review.state !== 'PENDING') throw refused(words.notPending());
  const body = input.body ?? review.body;
  refuseUnfit(identity, pull, {
    event: input.event,
    body,
    comments: forge.store.reviewComments.by('review', review.id),
  });
  return forge.store.transaction(() => {
    const submitted: Review = { ...review, body, state: states[input.event], submittedAt: timestamp(forge) };
    forge.store.reviews.put(submitted);
    announce(forge, identity, pull, submitted);
    return submitted;
  });
}

/** Changes a review's own text. @throws ApiError 403, 422 */
export function updateReview(forge: Forge, identity: Identity, pull: Pull, review: Review, body: string): Review {
  requireOwn(forge, identity, pull, review);
  if (body === '') throw refused(words.blankBody());
  const repository = repositoryOf(forge, pull);
  return forge.store.transaction(() => {
    const changed = { ...review, body };
    forge.store.reviews.put(changed);
    const changes = { body: { from: review.body } };
    if (review.state !== 'PENDING')
      raiseEvent(forge, {
        name: 'pull_request_review',
        action: 'edited',
        repository,
        identity,
        pull,
        review: changed,
        changes,
      });
    return changed;
  });
}

/** Takes a pending review back, with its comments. @throws ApiError 403, 422 */
export function deletePendingReview(forge: Forge, identity: Identity, pull: Pull, review: Review): void {
  requireOwn(forge, identity, pull, review);
  if (review.state !== 'PENDING') throw refused(words.alreadySubmitted());
  const { store } = forge;
  store.transaction(() => {
    for (const comment of store.reviewComments.by('review', review.id)) {
      store.reviewComments.delete(comment.id);
      if (store.reviewComments.by('thread', comment.threadId).length === 0)
        store.reviewThreads.delete(comment.threadId);
    }
    store.reviews.delete(review.id);
  });
}

function requireOwn(forge: Forge, identity: Identity, pull: Pull, review: Review): void {
  const own = requireAccount(identity).id === review.authorId;
  requirePermission(forge, identity, repositoryOf(forge, pull), 'pull_requests', 'write', 'read');
  if (!own)
    throw new ApiError(review.state === 'PENDING' ? 404 : 403, review.state === 'PENDING' ? 'Not Found' : 'Forbidden');
}

function refuseUnfit(
  identity: Identity,
  pull: Pull,
  input: Pick<NewReview, 'event' | 'body'> & { readonly comments?: readonly unknown[] | undefined },
): void {
  const own = identity.account?.id === pull.authorId;
  if (own && input.event === 'APPROVE') throw refused(words.ownApproval());
  if (own && input.event === 'REQUEST_CHANGES') throw refused(words.ownChanges());
  const bodiless = (input.body ?? '') === '' && (input.comments ?? []).length === 0;
  if (input.event !== undefined && input.event !== 'APPROVE' && bodiless) throw refused(words.blankBody());
}

/** What follows when a review is submitted. Inside a transaction. */
function announce(forge: Forge, identity: Identity, pull: Pull, review: Review): void {
  const repository = repositoryOf(forge, pull);
  if (identity.kind === 'job' && review.state === 'APPROVED' && !repository.canApprovePullRequestReviews)
    throw refused(words.jobApproval());
  const current = forge.store.pulls.get(pull.id) ?? pull;
  const requestedReviewerIds = current.requestedReviewerIds.filter((id) => id !== review.authorId);
  const teams = current.requestedTeamIds.filter((id) => !isTeamMember(forge, id, review.authorId));
  const reviewed: Pull = { ...current, requestedReviewerIds, requestedTeamIds: teams, updatedAt: timestamp(forge) };
  forge.store.pulls.put(reviewed);
  raiseEvent(forge, { name: 'pull_request_review', action: 'submitted', repository, identity, pull: reviewed, review });
  for (const comment of forge.store.reviewComments.by('review', review.id))
    raiseComment(forge, identity, reviewed, comment, 'created');
}

/** Takes an approval or a request for changes out of the count. @throws ApiError 403, 422 */
export function dismissReview(forge: Forge, identity: Identity, pull: Pull, review: Review, message: string): Review {
  const repository = repositoryOf(forge, pull);
  requirePermission(forge, identity, repository, 'pull_requests', 'write', 'write');
  if (!mayDismiss(forge, identity, pull)) throw new ApiError(403, words.mayNotDismiss());
  if (message === '') throw refused(words.blankMessage());
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw refused(words.dismissComment());
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
    const may = account !== undefined && roleOf(forge, repository, account.id) !== undefined;
    if (!may) throw new ApiError(422, words.notCollaborator());
    if (account.id === pull.authorId) throw new ApiError(422, words.ownReview());
    return account.id;
  });
  const known = forge.store.teams.by('organization', repository.ownerId);
  const teams = input.teams.map((slug) => {
    const team = known.find((one) => one.slug === slug);
    if (team === undefined) throw new ApiError(422, words.unknownTeam());
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
    for (const accountId of people)
      raiseEvent(forge, { name: 'pull_request', action, repository, identity, pull: changed, accountId });
    for (const teamId of teams)
      raiseEvent(forge, { name: 'pull_request', action, repository, identity, pull: changed, teamId });
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
