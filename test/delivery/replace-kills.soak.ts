import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { startCommand } from '../testing/lab-process.ts';

const killSwitch = resolve(import.meta.dirname, '../kill/switch.mjs');
const words = [
  'ci',
  'replace',
  '--mappings',
  'docker_image_tag==.* {THEN_UPDATE_FILES} **values.yaml=docker_image_tag_regex',
  '--docker-image-tag',
  '2.0.0',
  '--docker-image-tag-regex',
  'tag: (?<docker_image_tag>.*)',
  '--commit',
  '--committer-name',
  'ci',
  '--committer-email',
  'ci@acme.test',
];

const git = (cwd: string, ...args: string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8' });

function makeRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'replace-'));
  git(folder, 'init', '-q');
  for (const name of ['dev', 'prod']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'values.yaml'), 'image:\n  tag: 1.0.0\n');
  }
  git(folder, 'add', '.');
  git(folder, '-c', 'user.name=a', '-c', 'user.email=a@acme.test', 'commit', '-qm', 'begin');
  return folder;
}

async function play(cwd: string, env: Record<string, string> = {}): Promise<number | NodeJS.Signals> {
  const files = { GITHUB_OUTPUT: join(cwd, '.git/out'), GITHUB_STEP_SUMMARY: join(cwd, '.git/summary') };
  return startCommand(words, { cwd, node: ['--import', killSwitch], env: { HOME: cwd, ...files, ...env } }).ended;
}

/** What is committed, and that nothing else is there. */
function endOf(folder: string): unknown {
  return {
    commits: git(folder, 'log', '--format=%s'),
    status: git(folder, 'status', '--porcelain', '--ignored'),
    files: ['dev', 'prod'].map((name) => readFileSync(join(folder, name, 'values.yaml'), 'utf8')),
  };
}

test('a replacement that is killed at each file that it writes and each process that it starts is taken up again', async () => {
  const whole = makeRepository();
  const counts = join(whole, '.git/counts.json');
  expect(await play(whole, { KILL_COUNTS: counts })).toBe(0);
  const counted = JSON.parse(readFileSync(counts, 'utf8')) as Record<'write' | 'spawn', number>;
  const end = endOf(whole);
  expect(end).toMatchObject({ commits: 'chore: bumped docker image tag to 2.0.0\nbegin\n', status: '' });
  rmSync(whole, { recursive: true });
  for (const kind of ['write', 'spawn'] as const)
    for (let nth = 1; nth <= counted[kind]; nth++) {
      const folder = makeRepository();
      expect(await play(folder, { KILL_AT: `${kind}:${nth}` }), `${kind} ${nth}`).toBe('SIGKILL');
      expect(await play(folder), `${kind} ${nth}`).toBe(0);
      expect(endOf(folder), `${kind} ${nth}`).toEqual(end);
      rmSync(folder, { recursive: true });
    }
  expect(counted.write).toBeGreaterThan(2);

  // Between writing beside a file and taking its place.
  const folder = makeRepository();
  writeFileSync(join(folder, 'dev/values.yaml.trunkline-new'), 'half');
  expect(await play(folder)).toBe(0);
  expect(endOf(folder)).toEqual(end);
  rmSync(folder, { recursive: true });
});
