import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
let folder: string;
let env: NodeJS.ProcessEnv;

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
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trunkline = (...args: string[]) =>
  run(join(folder, 'project/node_modules/.bin/trunkline'), args, {
    cwd: join(folder, 'project'),
    env,
    maxBuffer: 64_000_000,
  });

test('the installed command says what it can do', async () => {
  const { stdout } = await trunkline('--help');
  expect(stdout).toContain('promote');
  await expect(trunkline('promot')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean') });
});

test('the installed package rehearses the delivery, and leaves nothing behind', async () => {
  const { stdout } = await trunkline('lab', 'rehearse', '--json');
  const { ok, phases, where } = JSON.parse(stdout) as { ok: boolean; phases: unknown[]; where: { health: number }[] };
  expect({ ok, acts: phases.length, health: where.map(({ health }) => health) }).toEqual({
    ok: true,
    acts: 6,
    health: [200, 200, 200],
  });
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  expect(readdirSync(join(folder, 'project')).sort()).toEqual(['node_modules', 'package-lock.json', 'package.json']);
}, 240_000);
