import type { Command } from 'commander';
import { joinPlans } from '../../delivery/change.ts';
import type { State } from '../../delivery/state.ts';
import { dueForJudgement, planRenewals } from '../../delivery/sweep.ts';
import type { Ports } from '../../ports.ts';
import { readState } from '../../state/read-state.ts';
import { deliveryCommand } from '../delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest } from '../delivery/session.ts';
import { judgePulls } from './judge-pulls.ts';
import { drain } from './receive.ts';
import { releaseVerification } from './sign/verification.ts';

export function sweepCommand(ports: Ports): Command {
  return deliveryCommand(
    'sweep',
    'on a schedule: deliver what a lost doorbell left, renew what conflicts, judge again what time has changed',
    'trunkline ci sweep',
  ).action(async (options: CommonOptions) => {
    const session = await openSession(ports, options);
    const request = await readRequest(ports, session.github, { doorbell: true });
    let read: State | undefined;
    await finish(ports, session, options, async () => {
      const state = await readState(session.github, { ...session, releases: true, now: ports.clock.now() });
      read = state;
      const verify = await releaseVerification(ports, session.github, session.repository, state.config);
      return joinPlans([await drain(session.github, state, request, verify), planRenewals(state)]);
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
  });
}
