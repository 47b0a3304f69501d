import { TrunklineError } from '../errors.ts';
import { readPin } from '../manifest/manifest.ts';
import type { Digest } from '../model/digest.ts';
import type { Environment } from '../model/environment.ts';
import type { Source } from '../model/release.ts';
import { activeHold, describeHold, findEnvironment, planChange, requireService } from './change.ts';
import { keepsHotfix } from './hotfix-kept.ts';
import { short } from './in-words.ts';
import type { Plan, Request } from './plan.ts';
import type { State, Step } from './state.ts';

export interface PromotionRequest extends Request {
  readonly service: string;
  readonly to: string;
  /** What the caller expects to promote; must be what the environment before has. */
  readonly digest?: Digest | undefined;
  readonly source?: Source | undefined;
  readonly step?: Step | undefined;
  /** Trailers that people give along. */
  readonly trailers?: readonly (readonly [string, string])[];
  /** Further environments of its group that take the release in the same pull request. */
  readonly also?: readonly Environment[];
  readonly inPlace?: boolean;
}

/**
 * Brings the digest that the environment before has, and no other, into the next one.
 * @throws POLICY_REFUSED for skipping, HELD behind a hold.
 */
export function planPromotion(state: State, request: PromotionRequest): Plan {
  const service = requireService(state, request.service);
  const environment = findEnvironment(state, request.to);
  const { from } = environment;
  if (from === undefined) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected an environment that is promoted to, found "${environment.name}", which tracks ${environment.track ?? ''}`,
      {
        hint: `it gets its releases by bump; promote to ${next(state, environment)}`,
      },
    );
  }
  const source = readPin(state.config, state.files, service, from);
  if (source?.digest === undefined) {
    throw new TrunklineError(
      'POLICY_REFUSED',
      `expected ${service} in ${from} by digest before it goes to ${environment.name}, found ${source === undefined ? 'no release there' : `"${source.text}"`}`,
      {
        hint: before(state, from, service),
      },
    );
  }
  if (request.digest !== undefined && request.digest !== source.digest) {
    throw new TrunklineError(
      'POLICY_REFUSED',
      `${short(request.digest)} cannot skip ${from}: ${service} there is ${short(source.digest)}`,
      {
        hint: before(state, from, service),
      },
    );
  }
  const pin = readPin(state.config, state.files, service, environment.name);
  if (pin?.digest === source.digest) {
    return {
      operations: [],
      reasons: [`${service} in ${environment.name}: ${short(source.digest)} is pinned already`],
    };
  }
  refuseHeld(state, service, environment);
  refuseDropped(state, service, environment, pin?.digest, request.step);
  return planChange(
    state,
    {
      kind: 'promotion',
      service,
      environment,
      ...(request.also === undefined ? {} : { also: request.also }),
      ...(request.inPlace === undefined ? {} : { inPlace: request.inPlace }),
      ...(request.trailers === undefined ? {} : { trailers: request.trailers }),
      digest: source.digest,
      previous: pin?.digest,
      image: source.image,
      tag: source.tag,
      source: request.source,
      step: request.step,
      merge: environment.merge,
    },
    request,
  );
}

/** What is pinned as a hotfix must be in what takes its place; asked only once it is known what lies between. */
function refuseDropped(
  state: State,
  service: string,
  environment: Environment,
  pinned: Digest | undefined,
  step: Step | undefined,
): void {
  const hotfix = state.hotfixes.find(
    (one) => one.service === service && one.environment === environment.name && one.digest === pinned,
  );
  if (hotfix === undefined || step === undefined || keepsHotfix(step, hotfix)) return;
  const name = hotfix.branch?.replace(/^refs\/heads\//, '') ?? `the hotfix ${short(hotfix.digest)}`;
  throw new TrunklineError(
    'POLICY_REFUSED',
    `expected a release that contains ${name}, which ${service} runs in ${environment.name}${hotfix.incident === undefined ? '' : ` (${hotfix.incident})`}, found one that would drop it`,
    {
      hint: 'bring the fix to the default branch first: git cherry-pick -x, or a line "Forward-Port: hotfixes/<name>"',
    },
  );
}

/** @throws HELD naming the hold */
export function refuseHeld(state: State, service: string, environment: Environment): void {
  const hold = activeHold(state, service, environment.name);
  if (hold === undefined) return;
  throw new TrunklineError('HELD', `${service} in ${environment.name} is ${describeHold(hold)}`, {
    hint: `lift it first: trunkline resume ${hold.service === '*' ? '--all-services' : service} --environment ${environment.name}`,
  });
}

/** Environments on the way to one, the first first. */
export function upstream(state: Pick<State, 'config'>, environment: Environment): readonly string[] {
  const names: string[] = [];
  for (let at = environment.from; at !== undefined; ) {
    names.unshift(at);
    const name: string = at;
    at = state.config.environments.find((one) => one.name === name)?.from;
  }
  return names;
}

function next(state: State, environment: Environment): string {
  return (
    state.config.environments
      .filter((one) => one.from === environment.name)
      .map((one) => one.name)
      .join(' or ') || 'another one'
  );
}

function before(state: State, from: string, service: string): string {
  const environment = state.config.environments.find((one) => one.name === from);
  return environment?.from === undefined
    ? `publish it from ${environment?.track ?? 'the branch that it tracks'} first`
    : `promote it there first: trunkline promote ${service} --to ${from}`;
}
