import type { EnvironmentsConfig } from '../config/config.ts';
import { readPin } from '../manifest/manifest.ts';
import type { Environment } from '../model/environment.ts';
import { takes } from '../model/route.ts';
import { activeHold, describeHold, joinPlans, planChange } from './change.ts';
import { short } from './in-words.ts';
import type { Plan, Request } from './plan.ts';
import type { Standing } from './standing.ts';
import type { PublishedRelease, State } from './state.ts';

/** A release offered to the environments that track the branch it comes from. */
export type Offer = Pick<PublishedRelease, 'service' | 'digest' | 'source' | 'image' | 'ref' | 'tag'> & {
  /** What its commit says, where whoever offers it told. */
  readonly message?: string;
};

/** How the release offered stands to each environment, by name. */
export type Standings = ReadonlyMap<string, Standing>;

/** What a route goes by. */
type Routed = Pick<PublishedRelease, 'ref' | 'tag'>;

/** Environments to which a release's ref or tag leads: one, or the copies of one; none where no route takes it. */
export function routedTo(
  { environments, routes }: Pick<EnvironmentsConfig, 'environments' | 'routes'>,
  release: { readonly [key in keyof Routed]: Routed[key] | undefined },
): readonly Environment[] {
  const taking = routes.filter((route) => takes(route, release)).map((route) => route.to);
  return environments.filter((one) => taking.includes(one.name));
}

/** The same for an offer; one that says neither its ref nor its tag goes to all that a route leads to. */
export function tracking({ config }: Pick<State, 'config'>, offer: Routed): readonly Environment[] {
  if (offer.ref !== undefined || offer.tag !== undefined) return routedTo(config, offer);
  return config.environments.filter((one) => config.routes.some((route) => route.to === one.name));
}

export interface BumpOutcome extends Plan {
  /** What became of the offer, over all its environments. */
  readonly verdict: 'proposed' | 'there' | 'older' | 'held' | 'no-route';
}

/**
 * Brings a release into the first environments. Does nothing where it is pinned already; refuses to go back in
 * ancestry, and lets a person decide where ancestry cannot be told; waits behind a hold, and says which.
 */
export function planBump(state: State, offer: Offer, standings: Standings, request: Request): BumpOutcome {
  const environments = tracking(state, offer);
  if (environments.length === 0) {
    const from = offer.ref ?? (offer.tag === undefined ? 'no ref' : `the tag ${offer.tag}`);
    return {
      operations: [],
      reasons: [`${offer.service}: no route leads ${from} to an environment; nothing is bumped`],
      verdict: 'no-route',
    };
  }
  const outcomes = environments.map((environment) =>
    planBumpInto(state, offer, environment, standings.get(environment.name), request),
  );
  const order = ['proposed', 'held', 'older', 'there'] as const;
  const verdict = order.find((one) => outcomes.some((outcome) => outcome.verdict === one)) ?? 'there';
  return { ...joinPlans(outcomes), verdict };
}

/** The same for one environment; what is held can be left waiting in a pull request that nothing merges. */
export function planBumpInto(
  state: State,
  offer: Offer,
  environment: Environment,
  standing: Standing | undefined,
  request: Request,
  options: { readonly behindHold?: boolean } = {},
): BumpOutcome {
  const step = standing?.pinned;
  const { service, digest } = offer;
  const name = `${service} in ${environment.name}`;
  const nothing = (verdict: BumpOutcome['verdict'], reason: string): BumpOutcome => ({
    operations: [],
    reasons: [`${name}: ${reason}`],
    verdict,
  });
  const pin = readPin(state.config, state.files, service, environment.name);
  if (pin?.digest === digest) return nothing('there', `${short(digest)} is pinned already`);
  if (step?.ancestry === 'older') {
    return nothing(
      'older',
      `${short(pin?.digest)}, which is pinned, descends from ${short(digest)}; use trunkline rollback to go back`,
    );
  }
  if (step?.ancestry === 'diverged') {
    return nothing(
      'older',
      `${short(digest)} does not contain the commit that ${short(pin?.digest)}, which is pinned, was built from`,
    );
  }
  const newer = standing?.rivals.find((one) => one.step.ancestry === 'older');
  if (newer !== undefined)
    return nothing('older', `#${newer.pull.number} brings a release that descends from ${short(digest)}`);
  const hold = activeHold(state, service, environment.name);
  if (hold !== undefined && options.behindHold !== true)
    return nothing('held', `${short(digest)} waits: ${describeHold(hold)}`);
  const untold = step?.ancestry === 'unknown';
  const plan = planChange(
    state,
    {
      kind: 'bump',
      service,
      environment,
      digest,
      previous: pin?.digest,
      image: offer.image,
      tag: offer.tag,
      message: offer.message,
      source: offer.source,
      step,
      held: hold !== undefined,
      // What might be a way back is for a person to merge.
      merge: untold || hold !== undefined ? 'manual' : environment.merge,
    },
    request,
  );
  const reason = `${name}: nothing tells whether ${short(digest)} descends from ${short(pin?.digest)}, which is pinned (no record of it, or no way to compare): somebody has to merge this one`;
  return {
    ...plan,
    reasons: [...plan.reasons, ...(untold && plan.operations.length > 0 ? [reason] : [])],
    verdict: 'proposed',
  };
}
