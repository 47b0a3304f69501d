import type { Command } from 'commander';
import { configPath, serviceNames } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { leftOut, requireWhole } from '../delivery/apart.ts';
import { joinPlans } from '../delivery/change.ts';
import { planHold } from '../delivery/hold.ts';
import type { Plan } from '../delivery/plan.ts';
import { planRollback, type RollbackRequest, wayEnough } from '../delivery/rollback.ts';
import type { State } from '../delivery/state.ts';
import { TrunklineError } from '../errors.ts';
import { placeOf } from '../manifest/place.ts';
import type { Digest } from '../model/digest.ts';
import type { Ports } from '../ports.ts';
import { reachBack } from '../state/older-deployments.ts';
import { readPinHistory } from '../state/pin-history.ts';
import { readState } from '../state/read-state.ts';
import { deliveryCommand, durationOption, saidOption } from './delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest, type Session } from './delivery/session.ts';

interface RollbackOptions extends CommonOptions {
  readonly all?: boolean;
  readonly asConfigured?: boolean;
  readonly environment: string;
  readonly to?: string;
  readonly reason: string;
  readonly hold?: boolean;
  readonly holdFor?: number;
}

export function rollbackCommand(ports: Ports): Command {
  return deliveryCommand(
    'rollback',
    'put an earlier release of the same environment back, by pull request, and hold it there',
    'trunkline rollback orders --environment prod --reason "orders are lost" --hold-for 24h\ntrunkline rollback --all --environment prod --reason "the region is down"',
  )
    .argument('[service]', 'which one')
    .option('--all', 'every service that has something to go back to, a pull request each')
    .requiredOption('--environment <name>', 'where')
    .requiredOption('--reason <text>', 'why', saidOption)
    .option('--to <digest>', 'a release that ran there (by default the last one that was healthy)')
    .option('--hold', 'keep automation from bringing a newer release until it is resumed (the default)')
    .option('--no-hold', 'let the next release come')
    .option('--as-configured', 'after a failed deploy: as the environment’s `rollback` says, automatic, propose or off')
    .option('--hold-for <duration>', 'the hold ends by itself after so long', durationOption)
    .action(async (service: string | undefined, options: RollbackOptions) => {
      if ((service === undefined) !== (options.all === true))
        throw new TrunklineError(
          'INPUT_INVALID',
          `expected a service or --all, found ${service === undefined ? 'neither' : 'both'}`,
        );
      const session = await openSession(ports, { ...options, urgent: true });
      const request = await readRequest(ports, session.github);
      const { environment } = options;
      const { plan } = await finish(ports, session, options, async () => {
        const now = ports.clock.now();
        const read = await readState(session.github, {
          ...session,
          deployments: [environment],
          releases: true,
          issues: true,
          ...(request.requester.endsWith('[bot]') ? {} : { owner: request.requester }),
          now,
        });
        const state = await reachBack(
          session.github,
          read,
          (service === undefined ? serviceNames(read.config) : [service]).map((name) => ({
            service: name,
            environment,
            enough: (records) => records.length >= wayEnough,
          })),
        );
        const asked = {
          ...request,
          environment,
          reason: options.reason,
          to: options.to,
          hold: options.hold !== false,
          asConfigured: options.asConfigured === true,
          holdUntil: options.holdFor === undefined ? undefined : now + options.holdFor,
        };
        if (service !== undefined)
          return planRollback(state, {
            ...asked,
            service,
            pinned: await pinnedBefore(ports, session, service, environment),
          });
        return rollbackAll(ports, session, state, asked);
      });
      requireWhole(plan);
    });
}

/** Every service for itself; what has nothing to go back to says so. One hold covers them all. */
async function rollbackAll(
  ports: Ports,
  session: Session,
  state: State,
  asked: Omit<RollbackRequest, 'service' | 'pinned'>,
): Promise<Plan> {
  const plans: Plan[] = [];
  for (const service of serviceNames(state.config)) {
    const pinned = await pinnedBefore(ports, session, service, asked.environment);
    try {
      plans.push(planRollback(state, { ...asked, service, pinned, hold: false, heldBeside: asked.hold }));
    } catch (error) {
      const known = error instanceof TrunklineError && ['NOT_FOUND', 'POLICY_REFUSED'].includes(error.code);
      plans.push(
        known ? { operations: [], reasons: [`${service} in ${asked.environment}: ${error.message}`] } : leftOut(error),
      );
    }
  }
  const hold = asked.hold ? [planHold(state, { ...asked, service: '*', until: asked.holdUntil })] : [];
  return joinPlans([...hold, ...plans]);
}

/** What the checkout's history says was pinned; nothing where the command does not stand in the infra repository. */
async function pinnedBefore(
  ports: Ports,
  session: Session,
  service: string,
  environment: string,
): Promise<readonly Digest[]> {
  const config =
    session.localConfig === undefined ? undefined : parseConfig(configPath, session.localConfig).environments;
  if (config === undefined) return [];
  return readPinHistory(ports.cwd, placeOf(config, service, environment));
}
