import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import type { Pull } from '../rows.ts';
import { applicableRulesets } from '../rules/applicable-rulesets.ts';
import { repositoryOf } from './find-pull.ts';

/** Dismisses approvals of an earlier head where a rule of the base asks for it. Inside a transaction. */
export function dismissStaleReviews(forge: Forge, pull: Pull, identity: Identity): void {
  const repository = repositoryOf(forge, pull);
  if (!wantsDismissal(forge, pull)) return;
  for (const review of forge.store.reviews.by('pull', pull.id)) {
    if (review.state !== 'APPROVED' || review.commitSha === pull.headSha) continue;
    const dismissed = { ...review, state: 'DISMISSED' as const };
    forge.store.reviews.put(dismissed);
    raiseEvent(forge, {
      name: 'pull_request_review',
      action: 'dismissed',
      repository,
      identity,
      pull,
      review: dismissed,
    });
  }
}

function wantsDismissal(forge: Forge, pull: Pull): boolean {
  const repository = repositoryOf(forge, pull);
  return applicableRulesets(forge, repository, `refs/heads/${pull.baseRef}`)
    .flatMap((ruleset) => ruleset.rules)
    .some((rule) => rule.type === 'pull_request' && rule.parameters?.['dismiss_stale_reviews_on_push'] === true);
}
