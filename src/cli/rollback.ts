import type { Command } from 'commander';
import { configPath } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { planRollback } from '../delivery/rollback.ts';
import { placeOf } from '../manifest/place.ts';
import type { Digest } from '../model/digest.ts';
import type { Ports } from '../ports.ts';
import { readPinHistory } from '../state/pin-history.ts';
import { readState } from '../state/read-state.ts';
import { deliveryCommand, durationOption } from './delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest, type Session } from './delivery/session.ts';

interface RollbackOptions extends CommonOptions {
  readonly environment: string;
  readonly to?: string;
  readonly reason: string;
  readonly hold?: boolean;
  readonly holdFor?: number;
}

export function rollbackCommand(ports: Ports): Command {
  return deliveryCommand(
    'rollback',
    'put an earlier release of the same environment back, by pull request',
    'trunkline rollback orders --environment prod --reason "orders are lost" --hold',
  )
    .argument('<service>', 'which one')
    .requiredOption('--environment <name>', 'where')
    .requiredOption('--reason <text>', 'why')
    .option('--to <digest>', 'a release that ran there (by default the last one that was healthy)')
    .option('--hold', 'keep automation from bringing a newer release until it is resumed')
    .option('--hold-for <duration>', 'the same, for so long', durationOption)
    .action(async (service: string, options: RollbackOptions) => {
      const session = await openSession(ports, options);
      const request = await readRequest(ports, session.github);
      const { environment, to, reason, holdFor } = options;
      const pinned = await pinnedBefore(ports, session, service, environment);
      await finish(ports, session, options, async () => {
        const now = ports.clock.now();
        const state = await readState(session.github, { ...session, deployments: [environment], now });
        return planRollback(state, {
          ...request,
          service,
          environment,
          reason,
          to,
          pinned,
          hold: options.hold === true || holdFor !== undefined,
          holdUntil: holdFor === undefined ? undefined : now + holdFor,
        });
      });
    });
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
