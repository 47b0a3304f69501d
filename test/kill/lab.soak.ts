import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../../src/git/git.ts';
import { type CommandProcess, labUp, processesWith } from '../testing/lab-process.ts';
import { startWorkload } from './workload.ts';

const killSwitch = resolve(import.meta.dirname, 'switch.mjs');
const kinds = { write: 11, request: 8, spawn: 6 } as const;
type Kind = keyof typeof kinds;

let home: string;
const started: CommandProcess[] = [];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lab-kill-'));
});
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(home, { recursive: true, force: true });
});

async function up(folder: string, env: Record<string, string>) {
  const one = await labUp(folder, { args: ['--stand-in-builds'], env, node: ['--import', killSwitch] });
  started.push(one);
  return one;
}

async function interrupt(one: CommandProcess): Promise<void> {
  one.child.kill('SIGINT');
  expect(await one.ended).toBe(130);
}

/** Every repository on disk is whole, and no move of a ref is half done. */
async function repositoriesAreWhole(folder: string): Promise<void> {
  const forge = join(folder, 'forge');
  for (const name of readdirSync(join(forge, 'git')).filter((each) => each.endsWith('.git'))) {
    const cwd = join(forge, 'git', name);
    await git(['fsck', '--connectivity-only', '--no-dangling'], { cwd });
    const locks = readdirSync(cwd, { recursive: true }).filter((each) => String(each).endsWith('.lock'));
    expect(locks).toEqual([]);
  }
}

let counts: Record<Kind, number>;

test('a lab that nobody kills does the whole of it', async () => {
  const file = join(home, 'counts.json');
  const place = join(home, 'whole');
  mkdirSync(place);
  const one = await up(join(place, 'lab'), { KILL_COUNTS: file });
  const workload = await startWorkload(place, one.lab);
  await workload.proceed();
  await workload.idle();
  expect(await workload.lost()).toEqual([]);
  await interrupt(one);
  counts = JSON.parse(readFileSync(file, 'utf8')) as typeof counts;
  process.stdout.write(`counted ${JSON.stringify(counts)}; ${workload.acknowledged.length} things acknowledged\n`);
});

const points = Object.entries(kinds).flatMap(([kind, count]) =>
  Array.from({ length: count }, (_, index) => ({ kind: kind as Kind, part: (index + 0.5) / count })),
);

test.for(points)('killed at $kind, $part of the way, and opened again: nothing is lost', async ({ kind, part }) => {
  const at = Math.max(1, Math.round(counts[kind] * part));
  const place = join(home, `${kind}-${at}`);
  mkdirSync(place);
  const folder = join(place, 'lab');
  const killed = await up(folder, { KILL_AT: `${kind}:${at}` }).catch(() => undefined);
  let workload = killed === undefined ? undefined : await startWorkload(place, killed.lab);
  await workload?.proceed().catch(() => undefined);
  const atKill = workload?.acknowledged.length ?? 0;
  // Fewer of a kind may be needed than the time before: then it is killed from outside, at the end.
  killed?.child.kill('SIGKILL');
  expect((await killed?.ended) ?? 'SIGKILL').toBe('SIGKILL');

  const again = await up(folder, {});
  if (workload === undefined) workload = await startWorkload(place, again.lab);
  else workload.lab = again.lab;
  expect(again.lab.notes).toEqual([]);
  await workload.idle().catch(() => undefined);
  expect(await workload.lost(), `acknowledged before the kill: ${atKill}`).toEqual([]);
  await workload.proceed();
  await workload.idle();
  expect(await workload.lost()).toEqual([]);
  await interrupt(again);
  expect(processesWith(folder)).toEqual([]);
  await repositoriesAreWhole(folder);
  rmSync(place, { recursive: true, force: true });
});
