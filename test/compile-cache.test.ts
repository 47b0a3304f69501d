import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { command } from './testing/lab-process.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'trunkline-compile-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function help(cache: string): Promise<string> {
  const env = { PATH: process.env['PATH'], TRUNKLINE_LAB_COMPILE_CACHE: cache };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [command, 'promote', '--help'], { env });
  expect(stderr).toBe('');
  return stdout;
}

test('what one process compiled is there for the next, for this user only, and made anew where it is damaged', async () => {
  const cache = join(home, 'cache');
  const first = await help(cache);
  expect(first).toContain('Usage: trunkline promote');
  const files = (await readdir(cache)).sort();
  expect(files.some((name) => name.startsWith('main.js-'))).toBe(true);
  expect([(await stat(cache)).mode & 0o777, (await stat(join(cache, files[0] ?? ''))).mode & 0o777]).toEqual([
    0o700, 0o600,
  ]);
  const inodes = async (): Promise<number[]> =>
    Promise.all(files.map(async (name) => (await stat(join(cache, name))).ino));
  const before = await inodes();
  expect(await help(cache)).toBe(first);
  expect(await inodes()).toEqual(before);
  for (const name of files) await writeFile(join(cache, name), 'not compiled code');
  expect(await help(cache)).toBe(first);
  expect(await inodes()).not.toEqual(before);
  expect((await stat(join(cache, files[0] ?? ''))).size).toBeGreaterThan(100);
});

test('where nothing can be kept the command works all the same', async () => {
  await writeFile(join(home, 'a file'), '');
  expect(await help(join(home, 'a file', 'cache'))).toContain('Usage: trunkline promote');
});
