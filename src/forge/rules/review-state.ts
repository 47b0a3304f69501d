import type { Forge } from '../forge.ts';
import { roleAtLeast, roleOf } from '../permissions.ts';
import type { Pull, Repository, Review } from '../rows.ts';

export interface ReviewState {
  /** The latest vote of each reviewer whose vote counts. */
  readonly approvals: readonly Review[];
  readonly changesRequested: readonly Review[];
}

/**
 * Votes as GitHub counts them: the latest of each person with write access, comments left out, the author's never.
 * `dropStale`: only approvals of the head as it is now.
 */
export function reviewState(forge: Forge, repository: Repository, pull: Pull, dropStale: boolean): ReviewState {
  const latest = new Map<number, Review>();
  for (const review of forge.store.reviews.by('pull', pull.id)) {
    if (review.state === 'COMMENTED' || review.state === 'PENDING' || review.authorId === pull.authorId) continue;
    latest.set(review.authorId, review);
  }
  const votes = [...latest.values()].filter((review) => mayVote(forge, repository, review.authorId));
  const fresh = (review: Review): boolean => !dropStale || review.commitSha === pull.headSha;
  return {
    approvals: votes.filter((review) => review.state === 'APPROVED' && fresh(review)),
    changesRequested: votes.filter((review) => review.state === 'CHANGES_REQUESTED'),
  };
}

function mayVote(forge: Forge, repository: Repository, accountId: number): boolean {
  const account = forge.store.accounts.get(accountId);
  if (account?.appId === undefined) return roleAtLeast(roleOf(forge, repository, accountId), 'write');
  const { appId } = account;
  const installations = forge.store.installations.by('app', appId);
  return installations.some(
    (one) =>
      one.accountId === repository.ownerId &&
      (one.repositoryIds === 'all' || one.repositoryIds.includes(repository.id)) &&
      one.permissions['contents'] === 'write',
  );
}
