import { type Command, InvalidArgumentError } from 'commander';
import { promotedInto, serviceNames } from '../config/config.ts';
import { leftOut, requireWhole } from '../delivery/apart.ts';
import { joinPlans, requireService } from '../delivery/change.ts';
import { notDue, stalePromotions, type Wave, wavesOf } from '../delivery/due-promotions.ts';
import type { Plan, Request } from '../delivery/plan.ts';
import { planPromotion } from '../delivery/promotion.ts';
import type { State, Step } from '../delivery/state.ts';
import { TrunklineError } from '../errors.ts';
import type { GitHub } from '../github/client.ts';
import { readPin } from '../manifest/manifest.ts';
import { parseDigest } from '../model/digest.ts';
import type { Source } from '../model/release.ts';
import type { Ports } from '../ports.ts';
import { reachBack, type WantedRecords } from '../state/older-deployments.ts';
import { readState } from '../state/read-state.ts';
import { stepReader } from '../state/release-facts.ts';
import { deliveryCommand } from './delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest } from './delivery/session.ts';

type Trailer = readonly [string, string];

interface PromoteOptions extends CommonOptions {
  readonly to?: string;
  readonly all?: boolean;
  readonly auto?: boolean;
  readonly release?: string;
  readonly trailer: readonly Trailer[];
}

export function promoteCommand(ports: Ports): Command {
  return deliveryCommand(
    'promote',
    'bring the release of the environment before into the next one, by pull request',
    'trunkline promote orders --to staging\ntrunkline promote --all --to prod --trailer "Change-Record: CHG-7"\ntrunkline promote --auto',
  )
    .argument('[service...]', 'one pull request each')
    .option('--to <environment|group>', 'where it goes')
    .option('--all', 'every service that differs')
    .option('--auto', 'all that is due anywhere: for schedules')
    .option('--release <digest>', 'the release expected')
    .option('--trailer <"Name: value">', 'a trailer that the environment wants', trailer, [])
    .action(async (services: string[], options: PromoteOptions) => {
      checkWords(services, options);
      const session = await openSession(ports, options);
      const request = await readRequest(ports, session.github, { doorbell: options.auto === true });
      const { plan } = await finish(ports, session, options, async () => {
        const read = await readState(session.github, {
          ...session,
          releases: true,
          ...(options.auto === true ? { deployments: 'every' as const } : {}),
          now: ports.clock.now(),
        });
        if (options.auto !== true) return planAsked(session.github, read, services, options, request);
        return planDue(session.github, await reachBack(session.github, read, soaking(read)), options, request);
      });
      requireWhole(plan);
    });
}

/** @throws INPUT_INVALID */
function checkWords(services: readonly string[], { all, auto, to, release }: PromoteOptions): void {
  const ways = [services.length > 0 ? 'services' : '', all === true ? '--all' : '', auto === true ? '--auto' : ''];
  const named = ways.filter((one) => one !== '');
  if (named.length !== 1)
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected services, --all or --auto, found ${named.join(' and ') || 'none'}`,
    );
  if (auto !== true && to === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected --to with an environment or a group, found none');
  if (release !== undefined && services.length !== 1)
    throw new TrunklineError('INPUT_INVALID', 'expected one service with --release, found another number of them');
}

async function planAsked(
  github: GitHub,
  state: State,
  services: readonly string[],
  options: PromoteOptions,
  request: Request,
): Promise<Plan> {
  const digest = options.release === undefined ? undefined : parseDigest(options.release);
  const waves = wavesOf(state, options.to ?? '');
  const names = options.all === true ? serviceNames(state.config) : [...new Set(services)];
  const plans: Plan[] = [];
  for (const service of names) {
    requireService(state, service);
    for (const wave of waves) {
      if (options.all === true || waves.length > 1 || wave.length > 1)
        plans.push(...(await bring(github, state, service, wave, request, options, false)));
      else plans.push(await promote(github, state, service, wave, { ...request, digest, trailers: options.trailer }));
    }
  }
  return joinPlans(plans);
}

/** What differs and has to be healthy before it goes on: its latest deployment has to be known. */
function soaking({ config, files }: State): readonly WantedRecords[] {
  const pinned = (service: string, name: string): string | undefined => {
    try {
      return readPin(config, files, service, name)?.digest;
    } catch (error) {
      // Said when it is planned.
      leftOut(error);
      return undefined;
    }
  };
  return config.environments.flatMap(({ name, from, gates }) =>
    from === undefined || !(gates.synced || gates.healthy !== undefined)
      ? []
      : serviceNames(config)
          .filter((service) => pinned(service, from) !== undefined && pinned(service, from) !== pinned(service, name))
          .map((service) => ({ service, environment: from })),
  );
}

/** All that is due, pull requests renewed in place, stale ones closed. */
async function planDue(github: GitHub, state: State, options: PromoteOptions, request: Request): Promise<Plan> {
  const places =
    options.to === undefined
      ? [...new Set(promotedInto(state.config).map((one) => one.group ?? one.name))]
      : [options.to];
  const plans: Plan[] = [];
  for (const wave of places.flatMap((name) => wavesOf(state, name)))
    for (const service of serviceNames(state.config))
      plans.push(...(await bring(github, state, service, wave, request, options, true)));
  const plan = joinPlans(plans);
  const renewed = new Set(plan.operations.flatMap((one) => ('pull' in one ? [one.pull.number] : [])));
  return joinPlans([plan, stalePromotions(state, renewed)]);
}

/** One service into those of a wave that can take it; the others say why not. */
async function bring(
  github: GitHub,
  state: State,
  service: string,
  wave: Wave,
  request: Request,
  options: PromoteOptions,
  due: boolean,
): Promise<readonly Plan[]> {
  try {
    return await bringWhole(github, state, service, wave, request, options, due);
  } catch (error) {
    return [leftOut(error)];
  }
}

async function bringWhole(
  github: GitHub,
  state: State,
  service: string,
  wave: Wave,
  request: Request,
  options: PromoteOptions,
  due: boolean,
): Promise<readonly Plan[]> {
  const reasons: string[] = [];
  const taking = wave.filter((environment) => {
    const why = notDue(state, service, environment, { gates: due });
    if (why !== undefined) reasons.push(`${service} in ${environment.name}: ${why}`);
    return why === undefined;
  });
  const [first, ...rest] = taking;
  if (first === undefined) return [{ operations: [], reasons }];
  const asked = { ...request, trailers: options.trailer, inPlace: due };
  try {
    return [{ operations: [], reasons }, await promote(github, state, service, [first, ...rest], asked)];
  } catch (error) {
    if (!(error instanceof TrunklineError) || error.code !== 'POLICY_REFUSED') throw error;
    return [{ operations: [], reasons: [...reasons, `${service} in ${first.name}: ${error.message}`] }];
  }
}

async function promote(
  github: GitHub,
  state: State,
  service: string,
  [environment, ...also]: Wave,
  request: Omit<Parameters<typeof planPromotion>[1], 'service' | 'to'>,
): Promise<Plan> {
  const asked = { ...request, service, to: environment.name, ...(also.length === 0 ? {} : { also }) };
  const plan = planPromotion(state, asked);
  if (plan.operations.length === 0) return plan;
  return planPromotion(state, { ...asked, ...(await between(github, state, service, environment.name)) });
}

/** Where the release comes from and what lies between, for the pull request's text. */
async function between(
  github: GitHub,
  state: State,
  service: string,
  to: string,
): Promise<{ source?: Source | undefined; step?: Step }> {
  const { published = [], graph = new Map() } = state.releases ?? {};
  const from = state.config.environments.find((one) => one.name === to)?.from;
  const [next, now] = [from, to].map((name) =>
    name === undefined ? undefined : readPin(state.config, state.files, service, name)?.digest,
  );
  const sourceOf = (digest: string | undefined): Source | undefined =>
    published.find((one) => one.service === service && one.digest === digest)?.source;
  return { source: sourceOf(next), step: await stepReader(github, graph)(sourceOf(now), sourceOf(next)) };
}

/** `Change-Record: CHG-7` */
function trailer(text: string, before: readonly Trailer[]): readonly Trailer[] {
  const match = /^([A-Z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*): *(\S.*)$/.exec(text);
  const [, name = '', value = ''] = match ?? [];
  if (match === null || /^(?:Trunkline-.*|Requested-By)$/i.test(name))
    throw new InvalidArgumentError('expected "Name: value", and a name that is not one of ours.');
  return [...before, [name, value]];
}
