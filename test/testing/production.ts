import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'vitest';
import { holdsPath, serviceNames } from '../../src/config/config.ts';
import { parseHolds } from '../../src/delivery/records.ts';
import { carry } from '../../src/lab/scenarios/acts/carry.ts';
import { lastLog } from '../../src/lab/scenarios/ask.ts';
import type { Clone } from '../../src/lab/scenarios/clone.ts';
import {
  approve,
  lastPullNumber,
  merge,
  openPull,
  type Pull,
  pullsAfter,
  readPull,
  sayRefusal,
  split,
} from '../../src/lab/scenarios/deeds.ts';
import { checksOf, lastRunId, runsAfter, textNow } from '../../src/lab/scenarios/look.ts';
import { readPin } from '../../src/manifest/manifest.ts';
import type { Stage } from '../attacks/stage-example.ts';

type Edit = (clone: Clone) => Promise<void>;

/** A channel that counts what it is told, on this machine. */
export interface Channel {
  readonly url: string;
  readonly told: { readonly title: string }[];
  close(): void;
}

export async function listenForNotifications(): Promise<Channel> {
  const told: { title: string }[] = [];
  const server: Server = createServer((request, response) => {
    text(request).then((body) => {
      told.push(JSON.parse(body) as { title: string });
      response.end('ok');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`,
    told,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Changes of the application that must not get through: each fails one check, which says why. */
export async function expectRefused(
  { world, lab }: Stage,
  faults: Readonly<Record<string, readonly [check: string, edit: Edit, said: RegExp]>>,
): Promise<void> {
  const { pair, people } = world;
  const { developer, reviewer } = people;
  const before = await lastRunId(developer, pair.app.fullName);
  const pulls: [string, Pull, string, RegExp][] = [];
  for (const [name, [check, edit, said]] of Object.entries(faults)) {
    const branch = `fault/${name}`;
    const from = `origin/${pair.app.branch}`;
    const change = { branch, from, base: pair.app.branch, title: `Have a fault in ${name}`, edit };
    pulls.push([name, await openPull(developer, pair.app.fullName, change), check, said]);
  }
  await lab.idle();
  const log = await lastLog(developer, pair.app.fullName, before);
  for (const [name, pull, check, said] of pulls) {
    const failed = (await checksOf(developer, pair.app.fullName, pull.headSha)).filter(
      ({ conclusion }) => conclusion === 'failure',
    );
    expect(failed.map((one) => one.name).sort(), name).toEqual([`${pair.service.replace(/-.*/, '')} / passed`, check]);
    expect(log, name).toMatch(said);
    await approve(reviewer, pull);
    expect(sayRefusal(await merge(reviewer, pull)), name).toMatch(/^405 /);
    const where = { ...split(pair.app.fullName), pull_number: pull.number };
    await developer.api.rest.pulls.update({ ...where, state: 'closed' });
  }
}

/** Merges a reviewed change of the application; answers its commit once all that follows is over. */
export async function mergeChange({ world, lab }: Stage, title: string, edit: Edit): Promise<string> {
  const { pair, people } = world;
  const branch = title.toLowerCase().replaceAll(/\W+/g, '-');
  const change = { branch, from: `origin/${pair.app.branch}`, base: pair.app.branch, title, edit };
  const pull = await openPull(people.developer, pair.app.fullName, change);
  await lab.idle();
  await approve(people.reviewer, pull);
  await lab.idle();
  expect(sayRefusal(await merge(people.reviewer, pull))).toBe('it was done');
  await lab.idle();
  return (await readPull(people.reviewer, pair.app.fullName, pull.number)).mergeSha ?? '';
}

/** The runs of the application that a commit started, as `name: conclusion`. */
export async function runsOf({ world }: Stage, commit: string): Promise<readonly string[]> {
  const runs = await runsAfter(world.people.developer, world.pair.app.fullName, 0);
  return runs.filter((run) => run.headSha === commit).map(({ name, conclusion }) => `${name}: ${conclusion}`);
}

/** What each service pins there. */
export async function digestsIn({ world }: Stage, environment: string): Promise<Readonly<Record<string, string>>> {
  const { config } = world.pair;
  const pairs = serviceNames(config).map(async (service) => {
    const file = config.manifests.file.replaceAll('{service}', service).replaceAll('{environment}', environment);
    const files = new Map([[file, (await textNow(world, file)) ?? '']]);
    return [service, readPin(config, files, service, environment)?.digest ?? 'nothing'] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** The commit that each service says it was built from, as somebody outside sees it. */
export async function commitsIn({ world, lab }: Stage, environment: string): Promise<Readonly<Record<string, string>>> {
  const { config } = world.pair;
  const health = config.environments.find(({ name }) => name === environment)?.deploy?.health ?? '';
  const pairs = serviceNames(config).map(async (service) => {
    const url = health.replaceAll('{service}', service).replaceAll('{environment}', environment);
    const { commit = 'none' } = (await (await lab.fetch(url)).json()) as { commit?: string };
    return [service, commit] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

/** The newest commit of the application's default branch. */
export async function tipOf({ world: { pair, people } }: Stage): Promise<string> {
  return (await people.developer.clone(pair.app.fullName)).git('rev-parse', `origin/${pair.app.branch}`);
}

/** Tags a commit of the application; brings every pull request that comes of it to the environment. */
export async function release(stage: Stage, tag: string, commit: string, to: string): Promise<void> {
  const { world, lab } = stage;
  const { pair, people, book } = world;
  const before = await lastPullNumber(people.reviewer, pair.infra.fullName);
  const clone = await people.developer.clone(pair.app.fullName);
  await clone.startBranch('tagged', commit);
  expect((await clone.push(`refs/tags/${tag}`)).taken).toBe(true);
  await lab.idle();
  const target = pair.environments.find((one) => one.name === to);
  const pulls = (await pullsAfter(people.reviewer, pair.infra.fullName, before)).filter(
    ({ title, headRef }) => title.endsWith(` in ${to}`) && !headRef.includes('rollback'),
  );
  if (target === undefined) throw new Error(`there is no ${to}`);
  expect(pulls.map(({ byBot }) => byBot)).toEqual(serviceNames(pair.config).map(() => true));
  for (const pull of pulls)
    await carry(world, pull, target, [people.reviewer, ...(people.teams.get('platform') ?? [])]);
  const wrong = book.phases.flatMap(({ expectations }) => expectations).filter(({ result }) => result === 'failed');
  expect(wrong.map(({ text: what, found }) => `${what}: ${found}`)).toEqual([]);
}

/** Pull requests that go back in an environment, oldest first. */
export async function rollbacksIn({ world }: Stage, environment: string): Promise<readonly Pull[]> {
  const pulls = await pullsAfter(world.people.reviewer, world.pair.infra.fullName, 0);
  return pulls.filter(({ title }) => /^Roll back /.test(title) && title.endsWith(` in ${environment}`));
}

export async function holdsIn({ world }: Stage, environment: string): Promise<readonly string[]> {
  return parseHolds(await textNow(world, holdsPath))
    .filter((hold) => hold.environment === environment)
    .map(({ service }) => service)
    .sort();
}

/** Milliseconds from the moment when each deployment was said to have failed to its rollback's pull request. */
export async function waysBack(
  { world }: Stage,
  environment: string,
  pulls: readonly Pull[],
): Promise<readonly number[]> {
  const { reviewer } = world.people;
  const where = split(world.pair.infra.fullName);
  const { data: deployments } = await reviewer.api.rest.repos.listDeployments({ ...where, environment, per_page: 100 });
  const failed: number[] = [];
  for (const { id } of deployments.filter(({ task }) => task.startsWith('deploy:'))) {
    const { data } = await reviewer.api.rest.repos.listDeploymentStatuses({ ...where, deployment_id: Number(id) });
    const at = data.find(({ state }) => state === 'failure')?.created_at;
    if (at !== undefined) failed.push(Date.parse(at));
  }
  const opened = await Promise.all(
    pulls.map(async ({ number }) =>
      Date.parse((await reviewer.api.rest.pulls.get({ ...where, pull_number: number })).data.created_at),
    ),
  );
  return opened.map((at) => at - Math.max(...failed.filter((one) => one <= at)));
}
