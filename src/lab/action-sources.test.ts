import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import { actionSources, fetchedActions } from './action-sources.ts';
import { type LabBench, openLabBench, workflowOf } from './testing/bench.ts';

let home: string;
let first: string;
let second: string;
let bench: LabBench;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sources-'));
  const cwd = join(home, 'server/octo/shout');
  mkdirSync(cwd, { recursive: true });
  const run = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...args], { cwd });
  await run('init', '-q', '-b', 'main');
  const version = async (text: string): Promise<string> => {
    writeFileSync(join(cwd, 'action.yml'), 'name: s\ndescription: s\nruns: { using: node20, main: main.js }\n');
    writeFileSync(join(cwd, 'main.js'), `console.log('${text}')\n`);
    await run('add', '.');
    await run('commit', '-qm', text);
    return run('rev-parse', 'HEAD');
  };
  first = await version('one shouts');
  await run('tag', 'v1');
  second = await version('two shouts');
  await run('tag', '-a', '-m', 'two', 'v2');
  bench = await openLabBench({ parallel: 4, actions: join(home, 'server') });
});
afterAll(async () => {
  await bench.close();
  rmSync(home, { recursive: true, force: true });
});

test('what is fetched is kept, and found again without asking; who did not allow it does not fetch', async () => {
  const actionCache = join(home, 'cache');
  const asked: string[] = [];
  const into = (name: string): string => {
    const folder = join(home, name);
    mkdirSync(folder);
    return folder;
  };
  const cached = actionSources({ actionCache }, (host) => asked.push(host));
  expect(cached.map(({ label }) => label)).toEqual(['the cache of actions']);
  expect(await cached[0]?.fetch('octo/shout', 'v2', into('a'))).toBeUndefined();
  const online = fetchedActions(actionCache, { server: `file://${home}/server`, reached: (host) => asked.push(host) });
  expect(await online.fetch('Octo/none', 'v1', into('b'))).toBeUndefined();
  expect(await online.fetch('octo/shout', 'v2', into('c'))).toBe(second);
  expect(readFileSync(join(home, 'c/main.js'), 'utf8')).toContain('two shouts');
  expect(await online.fetch('octo/shout', first, into('d'))).toBe(first);
  expect(await online.fetch('octo/shout', 'main', into('e'))).toBe(second);
  expect(await online.fetch('octo/shout', 'v9', into('f'))).toBeUndefined();
  expect(asked).toHaveLength(5);
  expect(await cached[0]?.fetch('Octo/shout', 'v2', into('g'))).toBe(second);
  expect(existsSync(join(home, 'g/action.yml'))).toBe(true);
  const all = actionSources({ actions: home, actionCache, fetchActions: true }, () => undefined);
  expect(all.map(({ label }) => label)).toEqual([home, 'the cache of actions', 'github.com']);
});

test('each step says where its code came from, and a commit must be the version that its comment names', async () => {
  const job = (...steps: string[]): string => `steps:\n${steps.map((one) => `  - ${one}\n`).join('')}`;
  const run = await bench.push(
    'app',
    workflowOf({
      where: job(
        'uses: actions/checkout@v4',
        'uses: ./own',
        'uses: octo/shout@v1',
        'uses: docker/setup-qemu-action@v3',
        'uses: acme/app/own@main',
      ),
      honest: job(`uses: octo/shout@${first} # v1`, `uses: octo/shout@${second}   # not a version`),
      outside: job('uses: ../shout@v1'),
    }),
    {
      '.github/workflows/lie.yml': workflowOf({ lying: job(`uses: octo/shout@${second} # v1`) }),
      'own/action.yml': 'runs: { using: composite, steps: [{ shell: bash, run: echo own }] }',
    },
  );
  expect(run.conclusions).toEqual(['honest success', 'lying failure', 'outside failure', 'where success']);
  for (const said of [
    'built-in: actions/checkout@v4 is carried out by the lab itself',
    'real: ./own from the workspace',
    `real: octo/shout@v1 from ${join(home, 'server')}, octo/shout@${first}`,
    'stand-in: docker/setup-qemu-action@v3 is carried out by the lab itself',
    'real: acme/app/own@main from acme/app@',
  ])
    expect(run.logOf('where')).toContain(said);
  expect(run.logOf('honest')).toContain('one shouts');
  expect(run.logOf('lying')).toContain(`expected octo/shout@${second} to be v1, as its comment says`);
  expect(run.logOf('lying')).toContain(`v1 is ${first}`);
});
