import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runProcess } from './run-process.ts';

async function run(script: string, more: { timeout?: number; grace?: number; signal?: AbortSignal } = {}) {
  const printed: Buffer[] = [];
  const take = (chunk: Buffer): void => void printed.push(chunk);
  const code = await runProcess('/bin/sh', ['-c', script], {
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    timeout: more.timeout ?? 60_000,
    grace: more.grace ?? 20,
    signal: more.signal ?? new AbortController().signal,
    out: take,
    err: take,
  });
  return { code, text: Buffer.concat(printed).toString() };
}
/** What nobody has buried yet runs no longer. */
const runs = (pid: string): boolean =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout.trim());

test('what takes too long ends with all its children, whatever they mind', async () => {
  const { code, text } = await run(`trap '' TERM; sh -c 'trap "" TERM; echo $$; sleep 60' & wait`, { timeout: 200 });
  expect(code).toBe('late');
  await expect.poll(() => runs(text.trim())).toBe(false);
});

test('what is interrupted ends, before it begins too', async () => {
  const stop = new AbortController();
  const ended = run(`trap '' TERM; sleep 60 & wait; wait`, { signal: stop.signal });
  stop.abort();
  expect((await ended).code).toBe(1);
  expect((await run('sleep 60', { signal: stop.signal })).code).toBe(1);
});

test('what it leaves behind is not waited for, though it holds its output, and all that it said is heard', async () => {
  const { code, text } = await run('sleep 60 & echo $!; head -c 3000000 /dev/zero | tr "\\0" x; exit 3', {
    grace: 1_000,
  });
  expect(code).toBe(3);
  const [pid = '', rest = ''] = text.split('\n');
  expect(rest).toHaveLength(3_000_000);
  expect(runs(pid)).toBe(true);
  process.kill(Number(pid));
});
