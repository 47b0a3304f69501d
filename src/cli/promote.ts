import type { Command } from 'commander';
import { joinPlans } from '../delivery/change.ts';
import type { Plan, Request } from '../delivery/plan.ts';
import { planPromotion } from '../delivery/promotion.ts';
import type { State, Step } from '../delivery/state.ts';
import { readPin } from '../manifest/manifest.ts';
import { parseDigest } from '../model/digest.ts';
import type { Source } from '../model/release.ts';
import type { Ports } from '../ports.ts';
import { readStep } from '../state/ancestry.ts';
import { readPublished } from '../state/published.ts';
import { readState } from '../state/read-state.ts';
import { deliveryCommand } from './delivery/options.ts';
import { type CommonOptions, finish, openSession, readRequest, type Session } from './delivery/session.ts';

interface PromoteOptions extends CommonOptions {
  readonly to: string;
  readonly release?: string;
}

export function promoteCommand(ports: Ports): Command {
  return deliveryCommand(
    'promote',
    'bring the release of the environment before into the next one, by pull request',
    'trunkline promote orders --to staging',
  )
    .argument('<service...>', 'one pull request each')
    .requiredOption('--to <environment>', 'where it goes')
    .option('--release <digest>', 'the release expected')
    .action(async (services: string[], options: PromoteOptions) => {
      const session = await openSession(ports, options);
      const request = await readRequest(ports, session.github);
      await finish(ports, session, options, async () => {
        const state = await readState(session.github, { ...session, now: ports.clock.now() });
        const plans: Plan[] = [];
        for (const service of [...new Set(services)])
          plans.push(await planOne(session, state, service, options, request));
        return joinPlans(plans);
      });
    });
}

async function planOne(
  session: Session,
  state: State,
  service: string,
  options: PromoteOptions,
  request: Request,
): Promise<Plan> {
  const digest = options.release === undefined ? undefined : parseDigest(options.release);
  const plan = planPromotion(state, { ...request, service, to: options.to, digest });
  if (plan.operations.length === 0) return plan;
  return planPromotion(state, {
    ...request,
    service,
    to: options.to,
    digest,
    ...(await between(session, state, service, options.to)),
  });
}

/** Where the release comes from and what lies between, for the pull request's text. */
async function between(
  session: Session,
  state: State,
  service: string,
  to: string,
): Promise<{ source?: Source | undefined; step?: Step }> {
  const from = state.config.environments.find((one) => one.name === to)?.from;
  const [next, now] = [from, to].map((name) =>
    name === undefined ? undefined : readPin(state.config, state.files, service, name)?.digest,
  );
  const published = await readPublished(session.github, state.config, (page) => page.some((one) => one.digest === now));
  const sourceOf = (digest: string | undefined): Source | undefined =>
    published.find((one) => one.service === service && one.digest === digest)?.source;
  return { source: sourceOf(next), step: await readStep(session.github, sourceOf(now), sourceOf(next)) };
}
