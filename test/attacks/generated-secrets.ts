import { expect, test } from 'vitest';
import { ask } from '../../src/lab/scenarios/ask.ts';
import { attempt, split } from '../../src/lab/scenarios/deeds.ts';
import type { Person } from '../../src/lab/scenarios/person.ts';
import { leaks, letRunsGo, printsSecrets, pullFrom, pullFromFork, ran, shell, write } from './attack-lab.ts';
import type { Stage } from './stage-example.ts';

/** Whatever the repository's own workflows may run, it prints its environment backwards, and offers itself as artifacts. */
const poison = (paths: readonly string[]): Record<string, string> =>
  Object.fromEntries([
    ...paths.filter((path) => /\.[cm]?js$/.test(path)).map((path) => [path, printsEnvironment]),
    ['package.json', '{"type":"commonjs","scripts":{"test":"env | rev","install":"env | rev"}}\n'],
    ['Makefile', '%:\n\tenv | rev\n'],
    ['.github/workflows/print.yml', printsSecrets],
    ['.github/workflows/offer.yml', offersArtifacts],
  ]);
const printsEnvironment = 'console.log([...JSON.stringify(process.env)].reverse().join(""));\n';
const offersArtifacts = `on: pull_request
jobs:
  offer:
    runs-on: ubuntu-latest
    steps:
      - run: echo 'env | rev' > image.sh
      - uses: actions/upload-artifact@v4
        with: { name: docker-image, path: image.sh }
`;

/** Attacks for what jobs hold: secrets, identities, and a shell to use them in. */
export function attackSecrets(stage: () => Stage): void {
  const app = (): string => stage().world.pair.app.fullName;
  const infra = (): string => stage().world.pair.infra.fullName;
  const alice = (): Person => stage().world.people.developer;
  const nothingLeaks = (printed: string): void =>
    expect(stage().secrets.filter((secret) => leaks(printed, secret)).length).toBe(0);

  test.each(['app', 'infra'] as const)(
    'a fork’s pull request to %s, let go by somebody who looks at nothing, gets no secret, neither itself nor by an artifact',
    async (part) => {
      const { fullName, source } = stage().world.pair[part];
      const printed = await stage().printed(async () => {
        const attackers = { mallory: stage().mallory, owner: stage().world.people.owner, lab: stage().lab };
        await pullFromFork(attackers, fullName, 'main', poison(source.files));
        await letRunsGo(attackers, fullName);
      });
      expect(printed).toContain('rev');
      nothingLeaks(printed);
    },
    60_000,
  );

  test.each(['app', 'infra'] as const)(
    'a workflow changed on a branch of %s names secrets and gets none',
    async (part) => {
      const { fullName, branch, source, workflows } = stage().world.pair[part];
      const environments = [...new Set(workflows.flatMap(({ jobs }) => jobs.flatMap((job) => job.environment ?? [])))]
        .concat(stage().world.pair.environments.map(({ name }) => name))
        .filter((name) => !name.includes('${{'));
      const inside = environments.map(
        (name, index) => `  inside${index}:\n    runs-on: ubuntu-latest\n    environment: ${JSON.stringify(name)}
    steps: [{ run: "printf '%s' \\"$ALL\\" | rev", env: { ALL: "\${{ toJSON(secrets) }}" } }]\n`,
      );
      const printed = await stage().printed(async () => {
        const clone = await alice().clone(fullName);
        await clone.startBranch('steal', `origin/${branch}`);
        write(clone, { ...poison(source.files), '.github/workflows/print.yml': `${printsSecrets}${inside.join('')}` });
        await clone.commit('Look around');
        await clone.push('refs/heads/steal');
      });
      expect(printed).toMatch(/nekot_buhtig/i);
      nothingLeaks(printed);
    },
    60_000,
  );

  test('names of branches and tags, titles, messages, inputs and payloads are words, not commands', async () => {
    const press = (repository: string, command: string, values: Readonly<Record<string, string>>): Promise<unknown> =>
      ask(
        stage().world,
        alice(),
        repository === app() ? stage().world.pair.app : stage().world.pair.infra,
        command,
        values,
      );
    const push = async (ref: string): Promise<void> => {
      const clone = await alice().clone(app());
      await clone.startBranch('work', 'origin/main');
      await clone.push(ref);
    };
    const evil = `x"; ${shell}; "$(${shell})`;
    const attacks: Readonly<Record<string, () => Promise<unknown>>> = {
      branch: () => push(`refs/heads/hotfixes/x$(${shell}>&2)`),
      tag: () => push(`refs/tags/v1";${shell};"`),
      title: () => pullFrom(alice(), app(), `x$(${shell})`, { 'README.md': 'x' }, evil),
      'title in infra': () => pullFrom(alice(), infra(), `x$(${shell})`, { 'README.md': 'x' }, evil),
      'hotfix start': () => press(app(), 'hotfix start', { 0: `x; ${shell}`, '--from': evil }),
      promote: () => press(infra(), 'promote', { 0: evil, '--to': 'staging' }),
      rollback: () => press(infra(), 'rollback', { 0: evil, '--environment': 'dev', '--reason': evil }),
      hold: () => press(infra(), 'hold', { 0: evil, '--environment': 'dev', '--reason': evil }),
      payload: () =>
        attempt(() =>
          alice().api.rest.repos.createDispatchEvent({
            ...split(infra()),
            event_type: 'published',
            client_payload: { schema: 1, service: evil, digest: evil, repository: app(), commit: evil, message: evil },
          }),
        ),
    };
    for (const [name, attack] of Object.entries(attacks)) expect(await stage().printed(attack), name).not.toMatch(ran);
  }, 120_000);

  test('tests of a pull request cannot mint a token of identity', async () => {
    const { source } = stage().world.pair.app;
    const files = Object.entries(poison(source.files)).filter(([path]) => !path.startsWith('.github/'));
    const printed = await stage().printed(() => pullFrom(alice(), app(), 'mint', Object.fromEntries(files)));
    expect(printed).toContain('YROTISOPER_BUHTIG');
    expect(printed).not.toContain('NEKOT_TSEUQER_NEKOT_DI_SNOITCA');
    nothingLeaks(printed);
  }, 60_000);

  test('every action is pinned to a commit', () => {
    for (const { workflows } of [stage().world.pair.app, stage().world.pair.infra])
      for (const { path, jobs } of workflows)
        for (const { title } of jobs.flatMap(({ steps }) => steps))
          if (/^Run .*@/.test(title)) expect(title, path).toMatch(/@[0-9a-f]{40}/);
  });
}
