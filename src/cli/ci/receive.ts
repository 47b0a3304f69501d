import type { Command } from 'commander';
import { tracking } from '../../delivery/bump.ts';
import { chooseNewest } from '../../delivery/newest.ts';
import { planReceive } from '../../delivery/receive.ts';
import type { PublishedRelease, State, Step } from '../../delivery/state.ts';
import type { GitHub } from '../../github/client.ts';
import { readPin } from '../../manifest/manifest.ts';
import type { Ports } from '../../ports.ts';
import { readStep } from '../../state/ancestry.ts';
import { readPublished } from '../../state/published.ts';
import { readState } from '../../state/read-state.ts';
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
      const state = await readState(session.github, { ...session, now: ports.clock.now() });
      const published = await readPublished(session.github, state.config, (page) => page.every((one) => one.delivered));
      const waiting = published.filter((one) => !one.delivered);
      const newest = await chooseNewest(waiting, (a, b) => readStep(session.github, a.source, b.source));
      const steps = new Map<string, ReadonlyMap<string, Step>>();
      for (const one of newest.chosen) steps.set(`${one.record}`, await stepsTo(session.github, state, published, one));
      return planReceive(state, newest, steps, request);
    });
  });
}

async function stepsTo(
  github: GitHub,
  state: State,
  published: readonly PublishedRelease[],
  offer: PublishedRelease,
): Promise<ReadonlyMap<string, Step>> {
  const steps = new Map<string, Step>();
  for (const { name } of tracking(state, offer)) {
    const pinned = readPin(state.config, state.files, offer.service, name)?.digest;
    if (pinned === undefined || pinned === offer.digest) continue;
    const now = published.find((one) => one.service === offer.service && one.digest === pinned)?.source;
    steps.set(name, await readStep(github, now, offer.source));
  }
  return steps;
}
