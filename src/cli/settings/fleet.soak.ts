import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Difference } from '../../settings/difference.ts';
import { appYaml, infraYaml, openSettingsWorld, type SettingsWorld } from './testing/settings-world.ts';

const fleet = 99;
const names = Array.from({ length: fleet }, (_, index) => `acme/app-${index}`);

let world: SettingsWorld;
beforeAll(async () => {
  world = await openSettingsWorld();
  const accept = names.map((name, index) => `  ${name}: { services: { api-${index}: api-team } }`).join('\n');
  const yaml = infraYaml.replace(/^accept:.*$/m, `accept:\n${accept}`);
  await world.ask('carol', 'POST', '/orgs/acme/repos', { name: 'fleet', private: true }, 201);
  await world.commit('carol', 'main', 'trunkline.yaml', yaml, 'acme/fleet');
  for (const name of names) {
    await world.ask('carol', 'POST', '/orgs/acme/repos', { name: name.slice(5), private: true }, 201);
    await world.commit('carol', 'main', 'trunkline.yaml', appYaml.replace('acme/infra', 'acme/fleet'), name);
  }
  const { store } = world.forge;
  const all = [...names, 'acme/fleet'].map((name) => world.repository(name));
  // What apply makes is copied to all of them: to apply it a hundred times over would test nothing more.
  const applied = await world.cli(
    ['apply', '--repository', 'acme/app', 'acme/infra', '--journal', `${world.folder}/journal`],
    world.keeper.token,
  );
  expect(applied.code).toBe(0);
  store.transaction(() => {
    for (const repository of all) {
      const model = world.repository(repository.name === 'fleet' ? 'infra' : 'app');
      const { id, ownerId, name, defaultBranch, createdAt, pushedAt } = repository;
      store.repositories.put({ ...model, id, ownerId, name, defaultBranch, createdAt, pushedAt, private: true });
      for (const one of store.rulesets.by('repository', model.id)) {
        const rules = JSON.stringify(one.rules).replaceAll(`"repository_id":${model.id}`, `"repository_id":${id}`);
        store.rulesets.put({ ...one, id: store.next('rulesets'), sourceId: id, rules: JSON.parse(rules) });
      }
      for (const one of store.environments.by('repository', model.id))
        store.environments.put({ ...one, id: store.next('environments'), repositoryId: id });
    }
  });
}, 120_000);
afterAll(() => world.remove());

test('a plan of a hundred repositories asks for at most six things a repository, and writes nothing', async () => {
  const watcher = await world.makeApp('watcher', {
    metadata: 'read',
    contents: 'read',
    actions: 'read',
    checks: 'read',
    statuses: 'read',
    pull_requests: 'read',
    members: 'read',
    // Who passes rulesets by is shown to nobody who may not write them.
    administration: 'write',
    organization_administration: 'read',
  });
  const owner = world.admin.createToken('carol', { scopes: ['admin:org'] });
  // As GitHub has it unless told otherwise: nothing runs from forks of an organisation's private repositories.
  const forks = '/orgs/acme/actions/permissions/fork-pr-workflows-private-repos';
  await world.ask(owner, 'PUT', forks, { run_workflows_from_fork_pull_requests: false }, 204);
  world.requests.reset();
  const asked = new Map<string, number>();
  const counting: typeof globalThis.fetch = async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const [, name] = /\/repos\/([^/]+\/[^/?]+)/.exec(url) ?? [];
    if (name !== undefined) asked.set(name, (asked.get(name) ?? 0) + 1);
    return world.app.request(input as string, init);
  };
  const { code, out, err } = await world.cli(
    ['plan', '--repository', 'acme/fleet', '--all', '--json'],
    watcher.token,
    counting,
  );
  expect(err).toBe('');
  expect(code).toBe(1);
  const { repositories } = JSON.parse(out) as {
    repositories: readonly { differences: readonly Difference[]; problems: readonly unknown[] }[];
  };
  expect(repositories).toHaveLength(fleet + 1);
  expect(repositories.flatMap((one) => one.problems)).toEqual([]);
  const states = repositories.flatMap((one) => one.differences);
  expect(states.filter((one) => one.state === 'unknown')).toEqual([]);
  // CODEOWNERS and checks come by pull request.
  const left = new Set(states.filter((one) => one.state === 'differs').map((one) => one.field));
  expect([...left].sort()).toEqual(['codeowners', 'required_status_checks']);
  expect(world.requests.total({ mutating: true })).toBe(0);
  const total = world.requests.total();
  expect(total / (fleet + 1)).toBeLessThanOrEqual(6);
  // Beside its share of the queries for twenty: of the infra repository with three environments, one more for each.
  expect(asked.size).toBe(fleet + 1);
  expect(Math.max(...asked.values())).toBeLessThanOrEqual(6);
  expect(asked.get('acme/fleet')).toBe(6);
  process.stdout.write(`      ${total} requests for ${fleet + 1} repositories, 6 at most for an application\n`);
});
