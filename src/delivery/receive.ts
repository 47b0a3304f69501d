import type { Problem } from '../errors.ts';
import { shortDigest } from '../model/digest.ts';
import { planApart } from './apart.ts';
import { type BumpOutcome, planBump, type Standings } from './bump.ts';
import { branchPrefix, joinPlans } from './change.ts';
import type { Newest } from './newest.ts';
import type { Operation, Plan, Request } from './plan.ts';
import type { PublishedRelease, State } from './state.ts';

/**
 * Bumps for what was chosen, and an acknowledgement on every record but those that wait behind a hold: they are
 * offered again by the next receive.
 */
export function planReceive(
  state: State,
  newest: Newest,
  standings: ReadonlyMap<number, Standings>,
  request: Request,
): Plan {
  const silent: Plan = { operations: [], reasons: [], problems: unseen(state) };
  if (newest.chosen.length === 0)
    return joinPlans([{ operations: [], reasons: ['nothing is waiting to be delivered'] }, silent]);
  const plans = newest.chosen.map((release) =>
    planApart(() => {
      const outcome = planBump(state, release, standings.get(release.record) ?? new Map(), request);
      return { operations: [...outcome.operations, ...acknowledge(state, release, outcome)], reasons: outcome.reasons };
    }),
  );
  const passedOver = newest.superseded.map(({ release, by }): Plan => {
    const description = `superseded by ${shortDigest(by.digest)}${by.source === undefined ? '' : ` of ${by.source.commit.slice(0, 7)}`}`;
    return {
      operations: [{ ...acknowledgementOf(release), state: 'inactive', description }],
      reasons: [`${release.service}: ${shortDigest(release.digest)} is ${description}`],
    };
  });
  return joinPlans([...plans, ...passedOver, silent]);
}

/** What the other repositories published is delivered; that nobody knows of one has to be seen all the same. */
function unseen({ releases }: State): readonly Problem[] {
  return (releases?.unreadable ?? []).map((repository) => ({
    code: 'NOT_FOUND',
    message: `expected the accepted repository ${repository}, found none that these credentials can see: what it publishes waits`,
    hint: 'install the App there, or take it out of `accept` in trunkline.yaml',
  }));
}

function acknowledgementOf({ repository, recordedIn = repository, record, recordId }: PublishedRelease) {
  return {
    kind: 'acknowledge',
    repository: recordedIn,
    record,
    ...(recordId === undefined ? {} : { recordId }),
  } as const;
}

function acknowledge(state: State, release: PublishedRelease, outcome: BumpOutcome): readonly Operation[] {
  const base = acknowledgementOf(release);
  switch (outcome.verdict) {
    case 'held':
      return [];
    case 'older':
      return [{ ...base, state: 'inactive', description: 'older than what is pinned' }];
    case 'there':
      return [{ ...base, state: 'success', description: 'pinned already' }];
    case 'no-route':
      return [
        {
          ...base,
          state: 'success',
          description:
            release.ref?.startsWith('refs/heads/hotfixes/') === true
              ? 'hotfix: bring it with trunkline hotfix ship'
              : 'no environment tracks this ref',
        },
      ];
    case 'proposed': {
      const branches = outcome.operations.flatMap((one) =>
        one.kind === 'open' || one.kind === 'update' ? [one.branch] : [],
      );
      const own = state.pulls.find(
        (pull) =>
          pull.branch.startsWith(`${branchPrefix}bump/`) &&
          pull.branch.endsWith(`/${release.service}-${shortDigest(release.digest)}`),
      );
      return [
        {
          ...base,
          state: 'success',
          description: 'proposed by pull request',
          ...(branches[0] === undefined ? {} : { branch: branches[0] }),
          ...(own === undefined ? {} : { url: own.url }),
        },
      ];
    }
  }
}
