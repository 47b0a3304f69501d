import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { appYaml, infraYaml, openSettingsWorld, type SettingsWorld } from './testing/settings-world.ts';

let world: SettingsWorld;
beforeAll(async () => {
  world = await openSettingsWorld();
}, 900_000);
afterAll(() => world.remove());

/** A new pair of repositories that nothing is set in. */
async function makePair(name: string): Promise<readonly string[]> {
  const pair = [`acme/${name}-infra`, `acme/${name}-app`];
  for (const [index, full] of pair.entries()) {
    await world.ask('carol', 'POST', '/orgs/acme/repos', { name: full.slice(5), private: true }, 201);
    await world.commit('carol', 'main', 'trunkline.yaml', index === 0 ? infraYaml : appYaml, full);
  }
  return pair;
}

/** What is set, without names and numbers that differ from pair to pair. */
async function stateOf(pair: readonly string[]): Promise<unknown> {
  const { out } = await world.cli(['plan', '--json', '--repository', ...pair], world.keeper.token);
  const { repositories } = JSON.parse(out.replaceAll(/acme\/[\w-]+-(infra|app)/g, 'acme/$1'));
  const rulesets = pair.map((name) =>
    world.forge.store.rulesets
      .by('repository', world.repository(name).id)
      .map(({ id: _id, sourceId: _source, createdAt: _created, updatedAt: _updated, ...rest }) => rest),
  );
  const environments = pair.map((name) =>
    world.forge.store.environments
      .by('repository', world.repository(name).id)
      .map(({ branchPolicies, name: of }) => [of, branchPolicies.map((one) => one.name)]),
  );
  const numbers = /"repository_id":\d+/g;
  return JSON.parse(JSON.stringify({ repositories, rulesets, environments }).replaceAll(numbers, '"repository_id":0'));
}

/** Sends until the write of this number, which is lost before it arrives or before its answer does; then nothing ever. */
function dyingFetch(at: number, arrives: boolean): { fetch: typeof globalThis.fetch; dead: Promise<'dead'> } {
  let writes = 0;
  let die: (word: 'dead') => void = () => {};
  const dead = new Promise<'dead'>((resolve) => {
    die = resolve;
  });
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const read = (init?.method ?? 'GET') === 'GET' || String(input).endsWith('/graphql');
    writes += read ? 0 : 1;
    if (read || writes < at) return world.app.request(input as string, init);
    if (writes === at) {
      if (arrives) await world.app.request(input as string, init);
      die('dead');
    }
    return new Promise(() => {});
  };
  return { fetch, dead };
}

test('apply killed at each request, before it arrives and before its answer does: said again, the same end', async () => {
  const journal = join(world.folder, 'kill.jsonl');
  const apply = (pair: readonly string[], fetch?: typeof globalThis.fetch) =>
    world.cli(['apply', '--json', '--journal', journal, '--repository', ...pair], world.keeper.token, fetch);
  const whole = await makePair('whole');
  const reference = await apply(whole);
  expect(reference.code).toBe(0);
  const wanted = await stateOf(whole);
  const requests = JSON.parse(reference.out).repositories.flatMap((one: { done: unknown[] }) => one.done).length;
  expect(requests).toBeGreaterThan(20);
  for (let at = 1; at <= requests; at++) {
    for (const arrives of [false, true]) {
      const name = `kill-${at}-${arrives ? 'after' : 'before'}`;
      const pair = await makePair(name);
      const { fetch, dead } = dyingFetch(at, arrives);
      expect(await Promise.race([apply(pair, fetch), dead]), name).toBe('dead');
      const last = JSON.parse(readFileSync(journal, 'utf8').trim().split('\n').at(-1) ?? '');
      expect(last, name).toMatchObject({ event: 'send' });
      const again = await apply(pair);
      expect({ name, code: again.code, err: again.err }).toMatchObject({ code: 0 });
      const { repositories } = JSON.parse(again.out);
      const resumed = repositories.find((one: { repository: string }) => one.repository === last.repository)?.resumed;
      expect(resumed, name).toMatchObject({ sent: last.title });
      expect(await stateOf(pair), name).toEqual(wanted);
    }
  }
}, 900_000);
