import { TrunklineError } from '../errors.ts';
import { readPin } from '../manifest/manifest.ts';
import { type Digest, shortDigest } from '../model/digest.ts';
import { trailers } from '../model/trailer.ts';
import { findEnvironment, joinPlans, planChange, requireService } from './change.ts';
import { addHold, parkBehind } from './hold.ts';
import { mention, short } from './in-words.ts';
import { healthyOnce, lineage } from './lineage.ts';
import { crossing, describeMigration } from './migrations.ts';
import type { OwnedIssue, Plan, Request } from './plan.ts';
import type { State } from './state.ts';

export interface RollbackRequest extends Request {
  readonly service: string;
  readonly environment: string;
  readonly reason: string;
  /** A release that ran there, by its digest or the beginning of it; the last healthy one unless given. */
  readonly to?: string | undefined;
  readonly hold: boolean;
  /** A hold goes with it all the same, for every service at once. */
  readonly heldBeside?: boolean;
  /** After a failed deploy: the environment says whether it merges at once, waits for people, or is left to them. */
  readonly asConfigured?: boolean;
  /** Milliseconds since the epoch. */
  readonly holdUntil?: number | undefined;
  /** Digests that the environment has pinned before, newest first; counted where no deployment is recorded. */
  readonly pinned: readonly Digest[];
  readonly trailers?: readonly (readonly [string, string])[];
}

/** Of so many deployments of a service one can tell what was rolled back from, and is no way back. */
export const wayEnough = 10;

/** An account of what happened is due two days after. */
const postMortem = 48 * 3_600_000;

/**
 * Puts an earlier release of the same environment back, with a hold where asked and an issue that somebody owns.
 * @throws NOT_FOUND where there is none, POLICY_REFUSED for a release that never ran there or lies behind a migration.
 */
export function planRollback(state: State, request: RollbackRequest): Plan {
  const service = requireService(state, request.service);
  const environment = findEnvironment(state, request.environment);
  if (request.asConfigured === true && environment.rollback === 'off')
    return { operations: [], reasons: [`${service} in ${environment.name}: rollback is off there, people decide`] };
  const pin = readPin(state.config, state.files, service, environment.name);
  const over = request.asConfigured === true ? alreadyOver(state, service, environment.name, pin?.digest) : undefined;
  if (over !== undefined) return { operations: [], reasons: [`${service} in ${environment.name}: ${over}`] };
  const digest = rollbackTarget(state, { ...request, current: pin?.digest });
  const name = `${service} in ${environment.name}`;
  if (pin?.digest === digest) return { operations: [], reasons: [`${name}: ${short(digest)} is pinned already`] };
  const unknown = refuseMigrations(state, name, service, pin?.digest, digest);
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
  const automatic = request.asConfigured === true && environment.rollback === 'automatic';
  const issue = issueOf(state, request, name, pin?.digest, digest);
  const current = state.releases?.published.find((one) => one.service === service && one.digest === digest);
  const plan = planChange(
    state,
    {
      kind: 'rollback',
      service,
      environment,
      digest,
      previous: pin?.digest,
      image: pin?.image,
      source: current?.source,
      reason: request.reason,
      holdUntil: request.holdUntil === undefined ? undefined : new Date(request.holdUntil).toISOString(),
      files: hold,
      parks: request.hold || request.heldBeside === true,
      trailers: [
        ...(request.hold ? [[trailers.hold, 'yes'] as const] : []),
        ...(automatic ? [[trailers.exception, 'automatic rollback'] as const] : []),
        ...(request.trailers ?? []),
      ],
      ...(issue === undefined ? {} : { issue }),
      // It waits for whoever the environment wants, and for nothing else.
      merge: automatic ? 'now' : 'auto',
    },
    request,
  );
  const silent =
    state.issues === undefined ? [`${name}: no issue is opened, the App has no permission for it (issues: write)`] : [];
  const parked = request.hold ? parkBehind(state, { service, environment: environment.name }, ['bump']) : joinPlans([]);
  return {
    operations: [...parked.operations, ...plan.operations],
    reasons: [...plan.reasons, ...parked.reasons, ...unknown, ...silent],
  };
}

/**
 * Why a failed deploy is no reason any more: run again after its rollback was merged, the same order must not go back once
 * more, from the release that serves.
 */
function alreadyOver(
  { deployments }: State,
  service: string,
  environment: string,
  pinned: Digest | undefined,
): string | undefined {
  const latest = deployments.find((one) => one.service === service && one.environment === environment);
  if (latest === undefined || pinned === undefined) return undefined;
  if (latest.digest !== pinned) return `${short(latest.digest)}, deployed last, is not pinned any more`;
  return latest.reports?.[0]?.state === 'SUCCESS' ? `${short(pinned)} is healthy` : undefined;
}

/** @throws POLICY_REFUSED naming what stands between */
function refuseMigrations(
  state: State,
  name: string,
  service: string,
  from: Digest | undefined,
  to: Digest,
): readonly string[] {
  const { incompatible, known } = crossing(state.releases?.published ?? [], service, from, to);
  if (incompatible.length > 0) {
    throw new TrunklineError(
      'POLICY_REFUSED',
      `expected no migration between ${short(to)} and ${short(from)}, found ${incompatible.map(describeMigration).join(', ')}, marked migration-incompatible`,
      { hint: `${shortDigest(to)} cannot live with the data as it is: mend forward, or bring the data back first` },
    );
  }
  return known ? [] : [`${name}: no record tells whether a migration lies between`];
}

/** One for each rollback: a rerun finds it by its title. */
function issueOf(
  state: State,
  request: RollbackRequest,
  name: string,
  from: Digest | undefined,
  to: Digest,
): OwnedIssue | undefined {
  const title = `Rolled back: ${name}, ${short(from)} → ${short(to)}`;
  if (state.issues === undefined || state.issues.some((one) => one.title === title)) return undefined;
  const due = new Date(state.now + postMortem).toISOString();
  return {
    title,
    body: [
      `${mention(request.requester)} rolled ${name} back: ${request.reason}`,
      `An account of what happened, and what keeps it from happening again, is due by ${due.slice(0, 16)}Z.`,
      request.hold
        ? `It is held; when it is mended: \`trunkline resume ${request.service} --environment ${request.environment}\``
        : '',
      `Owner: ${mention(request.requester)}\nDue: ${due}`,
    ]
      .filter((text) => text !== '')
      .join('\n\n'),
    ...(state.owner === undefined ? {} : { assigneeId: state.owner }),
  };
}

/** The release that a rollback goes back to. Errors as `planRollback`. */
export function rollbackTarget(
  state: State,
  request: Pick<RollbackRequest, 'service' | 'environment' | 'to' | 'pinned'> & {
    readonly current: Digest | undefined;
  },
): Digest {
  const { service, environment, to, current } = request;
  const recorded = state.deployments.some((one) => one.service === service && one.environment === environment);
  const ran = recorded ? healthyOnce(state.deployments, service, environment) : request.pinned;
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
  // What was rolled back from is no way back, and everything that was healthy lies behind what never was.
  const way = lineage(ran);
  const at = current === undefined ? -1 : way.indexOf(current);
  const earlier = at < 0 ? way.at(-1) : way[at - 1];
  if (earlier !== undefined) return earlier;
  throw new TrunklineError(
    'NOT_FOUND',
    `expected a release of ${service} that was healthy in ${environment} before ${short(current)}, found none`,
    {
      hint: 'the first release of an environment has nothing to go back to: mend it forward',
    },
  );
}
