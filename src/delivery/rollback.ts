import { TrunklineError } from '../errors.ts';
import { readPin } from '../manifest/manifest.ts';
import { type Digest, shortDigest } from '../model/digest.ts';
import type { Source } from '../model/release.ts';
import { findEnvironment, planChange, requireService, short } from './change.ts';
import { addHold } from './hold.ts';
import type { Plan, Request } from './plan.ts';
import type { State, Step } from './state.ts';

export interface RollbackRequest extends Request {
  readonly service: string;
  readonly environment: string;
  readonly reason: string;
  /** A release that ran there, by its digest or the beginning of it; the last healthy one unless given. */
  readonly to?: string | undefined;
  readonly hold: boolean;
  /** Milliseconds since the epoch. */
  readonly holdUntil?: number | undefined;
  /** Digests that the environment has pinned before, newest first; counted where no deployment is recorded. */
  readonly pinned: readonly Digest[];
  readonly source?: Source | undefined;
  readonly step?: Step | undefined;
}

/**
 * Puts an earlier release of the same environment back, with a hold where asked.
 * @throws NOT_FOUND where there is none, POLICY_REFUSED for a release that never ran there.
 */
export function planRollback(state: State, request: RollbackRequest): Plan {
  const service = requireService(state, request.service);
  const environment = findEnvironment(state, request.environment);
  const pin = readPin(state.config, state.files, service, environment.name);
  const digest = rollbackTarget(state, { ...request, current: pin?.digest });
  const hold = request.hold
    ? [
        addHold(state, {
          service,
          environment: environment.name,
          reason: request.reason,
          until: request.holdUntil,
          requester: request.requester,
        }),
      ]
    : [];
  if (pin?.digest === digest) {
    return { operations: [], reasons: [`${service} in ${environment.name}: ${short(digest)} is pinned already`] };
  }
  return planChange(
    state,
    {
      kind: 'rollback',
      service,
      environment,
      digest,
      previous: pin?.digest,
      image: pin?.image,
      source: request.source,
      step: request.step,
      reason: request.reason,
      holdUntil: request.holdUntil === undefined ? undefined : new Date(request.holdUntil).toISOString(),
      files: hold,
      // It waits for whoever the environment wants, and for nothing else.
      merge: 'auto',
    },
    request,
  );
}

/** The release that a rollback goes back to. Errors as `planRollback`. */
export function rollbackTarget(
  state: State,
  request: Pick<RollbackRequest, 'service' | 'environment' | 'to' | 'pinned'> & {
    readonly current: Digest | undefined;
  },
): Digest {
  const { service, environment, to, current } = request;
  const deployed = state.deployments.filter((one) => one.service === service && one.environment === environment);
  const ran = deployed.length > 0 ? deployed.filter((one) => one.succeeded).map((one) => one.digest) : request.pinned;
  const known = [...new Set(ran)];
  if (to !== undefined) {
    const wanted = to.replace(/^sha256:/, '');
    const found = known.filter((digest) => digest.slice('sha256:'.length).startsWith(wanted));
    if (found[0] !== undefined && found.length === 1 && wanted.length >= 6) return found[0];
    throw new TrunklineError(
      'POLICY_REFUSED',
      `expected a release of ${service} that ran in ${environment}, found "${to}", which ${found.length > 1 ? 'names several' : 'never did'}`,
      {
        hint:
          known.length === 0
            ? 'no release is known to have run there'
            : `ran there, newest first: ${known.map(shortDigest).join(', ')}`,
      },
    );
  }
  // Everything since the pinned release last went in is newer than what it replaced.
  const at = current === undefined ? -1 : ran.indexOf(current);
  const earlier = ran.slice(at + 1).find((digest) => digest !== current);
  if (earlier !== undefined) return earlier;
  throw new TrunklineError(
    'NOT_FOUND',
    `expected a release of ${service} that was healthy in ${environment} before ${short(current)}, found none`,
    {
      hint: 'the first release of an environment has nothing to go back to: mend it forward',
    },
  );
}
