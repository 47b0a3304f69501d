import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { takeLock } from './lock.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'forge-lock-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a folder is held by one process, and free once it gives it back', () => {
  const release = takeLock(folder, 0);
  expect(() => takeLock(folder, 0)).toThrow(`is held by process ${process.pid}`);
  release();
  takeLock(folder, 0)();
});

test('a process that is dead but was not waited for holds nothing', async () => {
  if (!existsSync('/proc')) return process.stdout.write('not tried: locks of the dead (no /proc here)\n');
  // sleep takes the place of the shell, and never asks how the shell's child ended.
  const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const pid = await new Promise<number>((found) => parent.stdout.once('data', (text) => found(Number(text))));
    const stat = (): readonly string[] =>
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    await vi.waitFor(() => expect(stat()[0]).toBe('Z'));
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid, began: stat()[19], since: '' }));
    takeLock(folder, 0)();
  } finally {
    parent.kill('SIGKILL');
  }
  return undefined;
});
