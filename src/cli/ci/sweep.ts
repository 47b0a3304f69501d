import type { Command } from 'commander';
import { leftOut, requireWhole } from '../../delivery/apart.ts';
import { joinPlans } from '../../delivery/change.ts';
import type { Standing } from '../../delivery/standing.ts';
import type { State } from '../../delivery/state.ts';
import { dueForJudgement, planRenewals, renewable } from '../../delivery/sweep.ts';
import type { GitHub } from '../../github/client.ts';
import type { Ports } from '../../ports.ts';
import { readStandings } from '../../state/read-standings.ts';
import { readState } from '../../state/read-state.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest } from '../delivery/session.ts';
import { judgePulls } from './judge-pulls.ts';
import { drain } from './receive.ts';
import { releaseVerification } from './sign/verification.ts';
import { withBatches } from './with-batches.ts';

/** How what is to be renewed stands to what is pinned by now, by number. */
async function standingsOfRenewals(github: GitHub, state: State): Promise<ReadonlyMap<number, Standing>> {
  const standings = new Map<number, Standing>();
  for (const { number, bump, environment } of renewable(state)) {
    try {
      const standing = bump === undefined ? undefined : (await readStandings(github, state, bump)).get(environment);
      if (standing !== undefined) standings.set(number, standing);
    } catch (error) {
      // Said when it is planned.
      leftOut(error);
    }
  }
  return standings;
}

export function sweepCommand(ports: Ports): Command {
  return deliveryCommand(
    'sweep',
    'on a schedule: deliver what a lost doorbell left, renew what conflicts, judge again what time has changed',
    'trunkline ci sweep',
  ).action(async (options: CommonOptions) => {
    const session = await openSession(ports, options);
    const request = await readRequest(ports, session.github, { doorbell: true });
    let read: State | undefined;
    const { plan } = await finish(ports, session, options, async () => {
      const state = await readState(session.github, { ...session, releases: true, now: ports.clock.now() });
      read = state;
      const verify = await releaseVerification(ports, session.github, session.repository, state.config);
      const drained = await drain(session.github, state, request, verify);
      const renewals = planRenewals(state, await standingsOfRenewals(session.github, state));
      return withBatches(session.github, state, joinPlans([drained, renewals]), request);
    });
    if (read === undefined) return;
    const due = dueForJudgement(read);
    for (const { number } of due) {
      const judged = await judgePulls(ports, session, { number }, options.dryRun === true);
      if (options.json === true) continue;
      for (const { judgement } of judged)
        ports.stdout.write(
          `#${number} is judged again: ${judgement.ok ? 'may merge' : 'may not merge'}, ${judgement.summary}\n`,
        );
    }
    requireWhole(plan);
  });
}
