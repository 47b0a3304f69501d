import type { Command } from 'commander';
import { planHold } from '../delivery/hold.ts';
import type { Ports } from '../ports.ts';
import { readState } from '../state/read-state.ts';
import { deliveryCommand, durationOption, saidOption } from './delivery/options.ts';
import { readScope, type ScopeOptions } from './delivery/scope.ts';
import { finish, openSession, readRequest } from './delivery/session.ts';

interface HoldOptions extends ScopeOptions {
  readonly reason: string;
  readonly for?: number;
}

export function holdCommand(ports: Ports): Command {
  return deliveryCommand(
    'hold',
    'stop automation for a service in an environment',
    'trunkline hold orders --environment prod --reason "the ledger is being moved" --for 24h',
  )
    .argument('[service]', 'which one')
    .option('--all-services', 'every service')
    .option('--environment <name>', 'where')
    .option('--all-environments', 'everywhere')
    .requiredOption('--reason <text>', 'why', saidOption)
    .option('--for <duration>', 'the hold ends by itself after so long', durationOption)
    .action(async (service: string | undefined, options: HoldOptions) => {
      const scope = readScope(service, options);
      const session = await openSession(ports, { ...options, urgent: true });
      const request = await readRequest(ports, session.github);
      await finish(ports, session, options, async () => {
        const now = ports.clock.now();
        const state = await readState(session.github, { ...session, now });
        const until = options.for === undefined ? undefined : now + options.for;
        return planHold(state, { ...request, ...scope, reason: options.reason, until });
      });
    });
}
