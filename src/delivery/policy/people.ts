import { parseTrailers, trailers } from '../../model/trailer.ts';
import type { PolicyFacts } from './facts.ts';

/** Whoever had a part in the pull request and can therefore not approve it. */
export function partiesOf({ pull, run }: PolicyFacts): ReadonlySet<string> {
  const claimed = pull.delivery ? parseTrailers(pull.body).get(trailers.requestedBy) : undefined;
  return new Set(
    [pull.author, ...pull.authors, run?.actor, run?.triggeringActor, claimed].filter((one) => one !== undefined),
  );
}

/** Logins whose approval counts: members of a team, of the head as it is, by nobody who had a part in it. */
export function countingApprovals(facts: PolicyFacts, teams: readonly string[]): PolicyFacts['pull']['reviews'] {
  const { pull } = facts;
  // Nobody can be told apart from an author without an account.
  if (pull.authors.includes(undefined)) return [];
  const members = new Set(teams.flatMap((slug) => facts.teams.get(slug) ?? []));
  const parties = partiesOf(facts);
  return pull.reviews.filter(
    (one) =>
      one.state === 'APPROVED' && members.has(one.author) && !parties.has(one.author) && one.commit === pull.headOid,
  );
}
