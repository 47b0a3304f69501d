import type { Command } from 'commander';
import { chooseNewest } from '../../delivery/newest.ts';
import type { Plan, Request } from '../../delivery/plan.ts';
import { planReceive } from '../../delivery/receive.ts';
import type { Standing } from '../../delivery/standing.ts';
import type { State } from '../../delivery/state.ts';
import type { GitHub } from '../../github/client.ts';
import type { Ports } from '../../ports.ts';
import { readStandings } from '../../state/read-standings.ts';
import { readState } from '../../state/read-state.ts';
import { stepReader } from '../../state/release-facts.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest } from '../delivery/session.ts';

export function receiveCommand(ports: Ports): Command {
  return deliveryCommand(
    'receive',
    'deliver what the accepted repositories have published and nobody has acknowledged',
    'trunkline ci receive',
  ).action(async (options: CommonOptions) => {
    const session = await openSession(ports, options);
    const request = await readRequest(ports, session.github, { doorbell: true });
    await finish(ports, session, options, async () => {
      const state = await readState(session.github, { ...session, releases: true, now: ports.clock.now() });
      return drain(session.github, state, request);
    });
  });
}

/** The plan that delivers everything that is published and not acknowledged. */
export async function drain(github: GitHub, state: State, request: Request): Promise<Plan> {
  const { published = [], graph = new Map() } = state.releases ?? {};
  const step = stepReader(github, graph);
  const waiting = published.filter((one) => !one.delivered);
  const newest = await chooseNewest(waiting, (a, b) => step(a.source, b.source));
  const standings = new Map<number, ReadonlyMap<string, Standing>>();
  for (const one of newest.chosen) standings.set(one.record, await readStandings(github, state, one));
  return planReceive(state, newest, standings, request);
}
