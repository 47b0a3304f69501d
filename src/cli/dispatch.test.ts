import { Command } from 'commander';
import { expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { CommandTable } from './commands.ts';
import { dispatch } from './dispatch.ts';
import { Exit } from './exit.ts';

const loaded: string[] = [];
const entry = (name: string, action: () => void) => ({
  summary: `does ${name}`,
  load: async () => {
    loaded.push(name);
    return () => new Command(name).option('--to <environment>').action(action);
  },
});
const table: CommandTable = {
  promote: entry('promote', () => {}),
  broken: entry('broken', () => {
    throw new TypeError('x is not a function');
  }),
  refused: entry('refused', () => {
    throw new TrunklineError('HELD', 'expected no hold, found one', {
      location: { file: 'envs/dev.json', line: 3, column: 5 },
      hint: 'trunkline resume',
    });
  }),
  usage: entry('usage', () => {
    throw new TrunklineError('INPUT_INVALID', 'expected a number');
  }),
  full: entry('full', () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }),
  findings: entry('findings', () => {
    throw new Exit(1);
  }),
  lab: { summary: 'the lab', commands: { up: entry('up', () => {}) } },
};

async function run(words: string, env: Ports['env'] = {}): Promise<{ code: number; out: string; err: string }> {
  const text = { out: '', err: '' };
  const output = (name: 'out' | 'err') => ({
    write: (more: string) => {
      text[name] += more;
    },
    isTTY: false,
    columns: 100,
  });
  const ports: Ports = {
    clock: { now: () => 0, sleep: async () => {} },
    random: (bytes) => new Uint8Array(bytes),
    env,
    fetch: globalThis.fetch,
    stdout: output('out'),
    stderr: output('err'),
    cwd: '/',
    interrupted: new AbortController().signal,
  };
  const code = await dispatch(words.split(' ').filter(Boolean), table, ports);
  return { code, ...text };
}

test('only the command that is asked for is loaded', async () => {
  loaded.length = 0;
  const help = await run('--help');
  expect(help.code).toBe(0);
  expect(help.out).toContain('does promote');
  expect((await run('lab --help')).out).toContain('does up');
  expect(loaded).toEqual([]);
  expect((await run('lab up')).code).toBe(0);
  expect((await run('help promote')).out).toContain('--to <environment>');
  expect(loaded).toEqual(['up', 'promote']);
});

test.each([
  ['promot', 'Did you mean promote?'],
  ['lab upp', 'Did you mean up?'],
  ['promote --too x', "unknown option '--too'"],
  ['promote extra', 'too many arguments'],
  ['usage', 'expected a number'],
])('wrong usage is 2: %s', async (words, said) => {
  const { code, err } = await run(words);
  expect(err).toContain(said);
  expect(code).toBe(2);
});

test('a refusal is 1, with place, code and hint, and an annotation on Actions', async () => {
  const { code, err, out } = await run('refused', { GITHUB_ACTIONS: 'true' });
  expect(code).toBe(1);
  expect(err).toBe('envs/dev.json:3:5: error: expected no hold, found one [HELD]\n  hint: trunkline resume\n');
  expect(out).toBe(
    '::error file=envs/dev.json,line=3,col=5,title=HELD::expected no hold, found one%0Atrunkline resume\n',
  );
  expect((await run('findings')).code).toBe(1);
});

test('a full disk is the machine’s fault, anything else unexpected is ours', async () => {
  expect(await run('full')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^error: ENOSPC: no space left on device, write\n {2}hint: free some space/),
  });
  const { code, err } = await run('broken');
  expect(code).toBe(70);
  expect(err).toMatch(/bug in trunkline[\s\S]*TypeError: x is not a function/);
});
