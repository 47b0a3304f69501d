import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerEngine } from '../containers/container-engine.ts';

/** A command line that answers as docker does and keeps what it was asked; what it starts are processes of this machine. */
export interface PaperEngine {
  readonly engine: ContainerEngine;
  /** All calls, each as its arguments, in order. */
  calls(): readonly (readonly string[])[];
  /** Containers and networks that are there. */
  left(): readonly string[];
  /** Puts a container or network there, as a lab of this owner would. */
  leave(name: string, owner: string): void;
}

/** Where no engine is, this shows what would be asked of one; not that docker would do as it is asked. */
export function paperEngine(folder: string): PaperEngine {
  mkdirSync(join(folder, 'things'), { recursive: true });
  const program = join(folder, 'docker');
  writeFileSync(program, `#!${process.execPath}\n${script}`);
  chmodSync(program, 0o755);
  const calls = join(folder, 'calls');
  return {
    engine: { name: 'docker', program, env: { PAPER: folder, PATH: process.env['PATH'] ?? '' } },
    calls: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line) as readonly string[])
        : [],
    left: () => readdirSync(join(folder, 'things')).sort(),
    leave: (name, owner) => writeFileSync(join(folder, 'things', name), JSON.stringify({ owner })),
  };
}

const script = `
const { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const args = process.argv.slice(2);
const folder = process.env.PAPER;
const things = join(folder, 'things');
appendFileSync(join(folder, 'calls'), JSON.stringify(args) + '\\n');
const after = (name, from = args) => from.flatMap((arg, at) => (arg === name ? [from[at + 1]] : []));
const owner = (after('--label').find((one) => one.startsWith('trunkline.owner=')) ?? '').split('=')[1];
const mounts = () => after('-v').map((one) => one.split(':'));
const given = (from) => Object.fromEntries(after('-e', from).map((one) => (one.includes('=') ? one.split(/=(.*)/s).slice(0, 2) : [one, process.env[one]])));
const read = (name) => JSON.parse(readFileSync(join(things, name), 'utf8'));
const say = (text) => process.stdout.write(text + '\\n');
const [verb, noun] = args;
if (verb === 'network' && noun === 'create') {
  writeFileSync(join(things, args.at(-1)), JSON.stringify({ owner }));
  say('0'.repeat(64));
} else if (verb === 'network' && noun === 'ls') {
  for (const name of readdirSync(things)) if (name.includes('network')) say(name);
} else if (verb === 'network' && noun === 'inspect') {
  say(args.includes('--format') ? read(args.at(-1)).owner : '[{"IPAM":{"Config":[{"Gateway":"127.0.0.1"}]}}]');
} else if (verb === 'network' && noun === 'rm') {
  rmSync(join(things, args.at(-1)));
} else if (verb === 'image' && noun === 'inspect') {
  process.exit(1);
} else if (verb === 'create') {
  const id = after('--name')[0].startsWith('job') ? 'c'.repeat(64) : 'd'.repeat(64);
  writeFileSync(join(things, id), JSON.stringify({ owner, mounts: mounts(), env: given(args) }));
  process.stderr.write("WARNING: the image's platform is another one\\n");
  say(id);
} else if (verb === 'inspect') {
  const format = after('--format')[0];
  say(format.includes('Labels') ? read(args.at(-1)).owner : format.includes('Env') ? 'PATH=/usr/bin:/bin' : '');
} else if (verb === 'ps') {
  const label = after('--filter')[0].split('=')[1];
  for (const name of readdirSync(things)) if (!name.includes('network') && label === 'trunkline.owner') say(name);
} else if (verb === 'rm') {
  rmSync(join(things, args.at(-1)));
} else if (verb === 'exec') {
  // Runs it here: what a container would see under the target of a mount is replaced by where it really is.
  const at = args.findIndex((arg) => /^[0-9a-f]{64}$/.test(arg));
  const known = read(args[at]).mounts;
  const here = (text) =>
    known.toSorted((a, b) => b[1].length - a[1].length).reduce((done, [source, target]) => done.replaceAll(target + '/', source + '/'), text);
  const env = { ...read(args[at]).env, ...given(args.slice(0, at)) };
  const seen = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, /^GITHUB_(?:OUTPUT|ENV)$/.test(name) ? here(value) : value]));
  const [file, ...rest] = args.slice(at + 1).map(here);
  const { status } = spawnSync(file, rest, { cwd: here(after('--workdir')[0] + '/'), env: seen, stdio: 'inherit' });
  process.exit(status ?? 1);
}
`;
