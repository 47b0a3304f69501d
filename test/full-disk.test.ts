import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../src/git/git.ts';
import { type CommandProcess, labUp, type UpLab } from './testing/lab-process.ts';

let home: string;
let disk: string;
let mounted = false;
const started: CommandProcess[] = [];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'full-disk-'));
  disk = join(home, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk], { stdio: 'ignore' });
    mounted = true;
  } catch {
    process.stdout.write('not tried: a full disk (no right to mount a small one here)\n');
  }
});
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL');
    await ended;
  }
  if (mounted) execFileSync('umount', [disk]);
  rmSync(home, { recursive: true, force: true });
});

const ask = (lab: UpLab, method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${lab.urls.local}/api/v3${path}`, {
    method,
    headers: { authorization: `token ${lab.tokens['alice']}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function titles(lab: UpLab): Promise<readonly string[]> {
  const list = await (await ask(lab, 'GET', '/repos/acme/app/issues?per_page=100')).json();
  return (list as { title: string }[]).map(({ title }) => title).sort();
}

test('a full disk is said to whoever asks, loses nothing, and is no trouble once there is room again', async () => {
  if (!mounted) return;
  const folder = join(disk, 'lab');
  const up = await labUp(folder);
  started.push(up);
  const { lab } = up;
  await ask(lab, 'POST', '/orgs/acme/repos', { name: 'app', private: true, auto_init: true });

  const source = join(home, 'source');
  const inSource = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...args], { cwd: source, env: lab.env });
  mkdirSync(source);
  execFileSync('dd', ['if=/dev/urandom', `of=${join(source, 'big')}`, 'bs=1M', 'count=5'], { stdio: 'ignore' });
  await inSource('init', '-q', '-b', 'big');
  await inSource('add', '.');
  await inSource('commit', '-qm', 'big');
  const push = inSource('push', '-q', `https://x:${lab.tokens['alice']}@github.com/acme/app.git`, 'big');
  await expect(push).rejects.toThrow(/No space left on device/);
  expect((await ask(lab, 'GET', '/repos/acme/app/git/ref/heads/big')).status).toBe(404);

  const fill = join(disk, 'fill');
  expect(() => execFileSync('dd', ['if=/dev/zero', `of=${fill}`, 'bs=4k'], { stdio: 'ignore' })).toThrow();
  const kept: string[] = [];
  let refusal: Response | undefined;
  for (let index = 0; refusal === undefined; index += 1) {
    const response = await ask(lab, 'POST', '/repos/acme/app/issues', { title: `${index}`, body: 'x'.repeat(3000) });
    if (response.status === 201) kept.push(`${index}`);
    else refusal = response;
  }
  expect(refusal.status).toBe(500);
  expect(await refusal.text()).toContain('disk that holds this forge is full');
  await up.prints(/ENOSPC/);
  expect(await titles(lab)).toEqual(kept.sort());

  rmSync(fill);
  expect((await ask(lab, 'POST', '/repos/acme/app/issues', { title: 'room' })).status).toBe(201);
  up.child.kill('SIGKILL');
  await up.ended;
  const again = await labUp(folder);
  started.push(again);
  expect(await titles(again.lab)).toEqual([...kept, 'room'].sort());
});
