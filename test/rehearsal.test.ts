import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rehearsal } from '../src/lab/scenarios/rehearse.ts';
import type { Shares } from '../src/lab/scenarios/shares.ts';

// The package as somebody has it who installed it: packed, installed without a network, and the example rehearsed.

const root = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
let folder: string;
let env: NodeJS.ProcessEnv;
/** As JSON has it. */
interface Milliseconds extends Shares {
  readonly mergeToServing?: Shares;
}
let rehearsal: Rehearsal;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-package-'));
  for (const name of ['home', 'tmp', 'project']) mkdirSync(join(folder, name));
  env = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
  };
  // The package as built: nothing is fetched, since everything it needs is bundled.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root, env });
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  const install = ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, tarball)];
  await run('npm', install, { cwd: join(folder, 'project'), env });
  // Exit code 1 where an expectation did not hold; what was found is in the document all the same.
  const { stdout } = await trunkline('lab', 'rehearse', '--json').catch((error: { stdout: string }) => error);
  rehearsal = JSON.parse(stdout) as Rehearsal;
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trunkline = (...args: string[]) =>
  run(join(folder, 'project/node_modules/.bin/trunkline'), args, {
    cwd: join(folder, 'project'),
    env,
    maxBuffer: 64_000_000,
  });

test('every expectation of the six acts holds, and none is left out', () => {
  const expectations = rehearsal.phases.flatMap((phase) => phase.expectations);
  expect(expectations.filter(({ result }) => result !== 'held')).toEqual([]);
  expect(rehearsal.phases.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(rehearsal.phases.map((phase) => phase.expectations.length).every((count) => count >= 5)).toBe(true);
  expect(rehearsal.failures).toEqual([]);
  expect(rehearsal.ok).toBe(true);
});

test('at the end every environment answers: dev and staging with the first version, prod with the hotfix', () => {
  const [dev, staging, prod] = rehearsal.where;
  expect([dev, staging, prod].map((place) => place?.health)).toEqual([200, 200, 200]);
  expect(dev?.digest).toBe(staging?.digest);
  expect(prod?.digest).not.toBe(dev?.digest);
  expect(dev?.version).toMatch(/^[0-9a-f]{40}$/);
});

test('the way from the application’s merge to the first release that serves is timed, and no longer than the whole', () => {
  const { total, mergeToServing } = (rehearsal as unknown as { milliseconds: Milliseconds }).milliseconds;
  expect(mergeToServing?.engine).toBeGreaterThan(0);
  expect(mergeToServing?.total).toBeGreaterThan((mergeToServing?.engine ?? 0) + (mergeToServing?.trunkline ?? 0) - 2);
  expect(mergeToServing?.total).toBeLessThan(total);
});

test('what was substituted is counted, and nobody outside was asked', () => {
  expect(rehearsal.steps.real).toBeGreaterThan(50);
  expect(rehearsal.steps['built-in']).toBeGreaterThan(10);
  expect(rehearsal.steps['stand-in']).toBeGreaterThan(0);
  expect(rehearsal.egress.filter(({ verdict }) => verdict !== 'lab')).toEqual([]);
});

test('a rehearsal leaves nothing behind', () => {
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  expect(readdirSync(join(folder, 'project')).sort()).toEqual(['node_modules', 'package-lock.json', 'package.json']);
});

test('the installed command says what it can do', async () => {
  const { stdout } = await trunkline('--help');
  expect(stdout).toContain('promote');
  await expect(trunkline('promot')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean') });
});
