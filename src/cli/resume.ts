import type { Command } from 'commander';
import { planResume } from '../delivery/hold.ts';
import type { Ports } from '../ports.ts';
import { readState } from '../state/read-state.ts';
import { deliveryCommand } from './delivery/options.ts';
import { readScope, type ScopeOptions } from './delivery/scope.ts';
import { finish, openSession, readRequest } from './delivery/session.ts';

export function resumeCommand(ports: Ports): Command {
  return deliveryCommand(
    'resume',
    'lift a hold; what waited behind it is delivered by the next receive',
    'trunkline resume orders --environment prod',
  )
    .argument('[service]', 'which one')
    .option('--all-services', 'the hold of every service')
    .option('--environment <name>', 'where')
    .option('--all-environments', 'the hold of every environment')
    .option('--reason <text>', 'why')
    .action(async (service: string | undefined, options: ScopeOptions & { readonly reason?: string }) => {
      const scope = readScope(service, options);
      const session = await openSession(ports, options);
      const request = await readRequest(ports, session.github);
      await finish(ports, session, options, async () => {
        const state = await readState(session.github, { ...session, now: ports.clock.now() });
        return planResume(state, { ...request, ...scope, reason: options.reason });
      });
    });
}
