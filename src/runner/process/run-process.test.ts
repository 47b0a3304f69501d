import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { ProcessStarter } from './process-starter.ts';
import { openPrograms } from './programs.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import { sweepOrphans } from './sweep-orphans.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipes-'));
const programs = openPrograms(folder, process.env);
afterAll(async () => {
  await programs.starter.close();
  rmSync(folder, { recursive: true });
});
const quick = { interrupt: 100, terminate: 100 };

function bash(
  script: string,
  signal: AbortSignal = new AbortController().signal,
  onLines: (lines: readonly string[]) => void = () => undefined,
  env: Record<string, string> = {},
): Promise<ProcessResult> {
  return runProcess({
    file: 'bash',
    args: ['-c', script],
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '', ...env },
    onLines,
    signal,
    grace: quick,
    programs,
  });
}

test('hands on whole lines, the last one without a line feed included', async () => {
  const lines: string[] = [];
  const { exitCode } = await bash(`printf 'a\\r\\nb\\n\\nü'; exit 3`, undefined, (some) => lines.push(...some));
  expect(lines).toEqual(['a', 'b', '', 'ü']);
  expect(exitCode).toBe(3);
});

test('loses none of many lines', async () => {
  let count = 0;
  await bash('seq 200000', undefined, (lines) => {
    count += lines.length;
  });
  expect(count).toBe(200_000);
});

test.each([
  ['that ends at SIGINT', 'trap "exit 7" INT; echo ready; while :; do sleep 0.02; done', 7],
  ['that takes only SIGTERM', 'trap "" INT; trap "exit 8" TERM; echo ready; while :; do sleep 0.02; done', 8],
  ['that takes neither', 'trap "" INT TERM; echo ready; while :; do sleep 0.02; done', 137],
])('an abort ends a process %s', async (_, script, exitCode) => {
  const cancel = new AbortController();
  const result = await bash(script, cancel.signal, () => cancel.abort());
  expect(result).toEqual({ exitCode, aborted: true });
});

test('a process that ends in time leaves no timer behind, which would keep the lab up', async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const cancel = new AbortController();
  await runProcess({
    file: 'bash',
    args: ['-c', 'echo ready; exec sleep 600'],
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'] ?? '' },
    onLines: () => cancel.abort(),
    signal: cancel.signal,
    grace: { interrupt: 60_000, terminate: 60_000 },
  });
  await vi.waitFor(() => expect(timers()).toBeLessThanOrEqual(before));
});

test('does not wait for a child that holds the output open; the sweep ends it', async () => {
  const tracking = `test_${process.pid}_${Math.floor(performance.now())}`;
  const lines: string[] = [];
  await bash('setsid sleep 600 & echo $!', undefined, (some) => lines.push(...some), { RUNNER_TRACKING_ID: tracking });
  const pid = lines[0] ?? '';
  const alive = (): boolean =>
    existsSync(`/proc/${pid}`) && !/State:\s+Z/.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  expect(alive()).toBe(true);
  expect((await sweepOrphans(tracking)).length).toBeGreaterThan(0);
  expect(alive()).toBe(false);
});

test('a program that is not there is an error', async () => {
  await expect(
    runProcess({
      file: '/nowhere/program',
      args: [],
      cwd: tmpdir(),
      env: {},
      onLines: () => undefined,
      signal: new AbortController().signal,
      grace: quick,
    }),
  ).rejects.toThrow('ENOENT');
});

test('a program may open its output by path', async () => {
  const lines: string[] = [];
  const { exitCode } = await bash('echo a > /dev/stdout; echo b | tee /dev/stderr', undefined, (some) =>
    lines.push(...some),
  );
  expect([...lines].sort()).toEqual(['a', 'b', 'b']);
  expect(exitCode).toBe(0);
});

test('what is left behind prints into nothing, and no later program gets it', async () => {
  const lines: string[] = [];
  const keep = (some: readonly string[]): number => lines.push(...some);
  await bash('(sleep 0.15; echo late; sleep 0.05; echo later) & echo first', undefined, keep);
  for (let round = 0; round < 6; round += 1) await bash('sleep 0.05; echo next', undefined, keep);
  expect(lines).toEqual(['first', ...Array.from({ length: 6 }, () => 'next')]);
});

test('pipes serve again', async () => {
  for (let round = 0; round < 30; round += 1) await bash('echo x; echo y >&2');
  expect(readdirSync(folder).length).toBeLessThanOrEqual(16);
});

test('loses nothing when this process itself was busy', async () => {
  const lines: string[] = [];
  const ended = bash('sleep 0.02; echo said', undefined, (some) => lines.push(...some));
  const busy = setInterval(() => {
    const until = performance.now() + 90;
    while (performance.now() < until);
  }, 1);
  await ended;
  clearInterval(busy);
  expect(lines).toEqual(['said']);
});

test('whoever reads may be gone when a program is started', async () => {
  const names: [string, string] = [join(folder, 'gone-1'), join(folder, 'gone-2')];
  execFileSync('mkfifo', names);
  const starter = new ProcessStarter();
  const { exited } = await starter.start({ file: 'true', args: [], cwd: folder, env: {}, outputs: names });
  expect(await exited).toEqual({ code: 0, signal: null });
  await starter.close();
});
