import type { Command } from 'commander';
import { expect, test } from 'vitest';
import type { Ports } from '../ports.ts';
import { type CommandTable, commands } from './commands.ts';
import { dispatch } from './dispatch.ts';

let text = '';
const output = {
  write: (more: string) => {
    text += more;
  },
  isTTY: false,
  columns: 100,
};
const ports: Ports = {
  clock: { now: () => 0, sleep: async () => {} },
  random: (bytes) => new Uint8Array(bytes),
  env: {},
  fetch: globalThis.fetch,
  stdout: output,
  stderr: output,
  cwd: '/',
  interrupted: new AbortController().signal,
};

/** What they print is not for programs, or is one. */
const withoutJson = ['lab shell', 'lab deploy', 'lab stand-in'];

async function leaves(table: CommandTable, before: readonly string[] = []): Promise<[string, Command][]> {
  const found = Object.entries(table).map(async ([name, entry]): Promise<[string, Command][]> => {
    const words = [...before, name];
    return 'commands' in entry
      ? leaves(entry.commands, words)
      : withSubcommands(words.join(' '), (await entry.load())(ports));
  });
  return (await Promise.all(found)).flat();
}

function withSubcommands(words: string, command: Command): [string, Command][] {
  if (command.commands.length === 0) return [[words, command]];
  return command.commands.flatMap((child) => withSubcommands(`${words} ${child.name()}`, child));
}

test.each(await leaves(commands))(
  '%s --help says what each word means, and shows an example',
  async (words, command) => {
    text = '';
    expect(await dispatch([...words.split(' '), '--help'], commands, ports)).toBe(0);
    expect(text).toMatch(/\nExamples?.*:\n {2}/);
    expect(text).not.toContain('undefined');
    expect(text.split('\n').filter((line) => line.length > 100 && !line.startsWith('  $ '))).toEqual([]);
    expect(command.options.filter(({ description }) => description === '').map(({ flags }) => flags)).toEqual([]);
    const unexplained = command.registeredArguments.filter(({ description }) => description === '');
    expect(unexplained.map((argument) => argument.name())).toEqual([]);
    expect(command.options.some(({ long }) => long === '--json')).toBe(!withoutJson.includes(words));
  },
);
