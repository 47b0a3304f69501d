import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CommandProcess, command, labUp, processesWith, startCommand, type UpLab } from './testing/lab-process.ts';

const run = promisify(execFile);
const gh = await run('gh', ['--version']).then(
  () => true,
  () => false,
);
if (!gh) process.stderr.write('gh is not installed: lab shell was tried without it (apt install gh)\n');

let home: string;
let folder: string;
const started: CommandProcess[] = [];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lab-shell-'));
  folder = join(home, 'lab');
});
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(home, { recursive: true, force: true });
});

/** A change from clone to merge with nothing but what any script would use. */
const change = `set -e
curl -sf -H "Authorization: Bearer $GH_TOKEN" -d '{"name":"app","auto_init":true}' https://api.github.com/orgs/acme/repos >/dev/null
git clone -q https://github.com/acme/app
cd app
git config user.name alice
git config user.email alice@acme.test
git checkout -q -b topic
echo topic > topic.txt
git add -A
git commit -q -m 'Say topic'
git push -q -u origin topic
${gh ? 'gh pr create --fill\ngh pr merge --squash --delete-branch' : 'git push -q origin topic:main'}
git fetch -q
git log -1 --format=%s origin/main
node -e 'fetch("https://api.github.com/repos/acme/app").then((r) => console.log("node says", r.status))'
`;

async function shell(words: readonly string[], cwd: string, env: Record<string, string> = {}) {
  const one = startCommand(['lab', 'shell', '--folder', folder, '--', ...words], { cwd, env });
  started.push(one);
  return { code: await one.ended, text: one.text() };
}

test('one command runs in a lab of its own, which is gone afterwards and remembers', async () => {
  writeFileSync(join(home, 'change.sh'), change);
  const { code, text } = await shell(['sh', '../change.sh'], mkdirs('first'));
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('node says 200') });
  expect(text).toContain(gh ? 'https://github.com/acme/app/pull/1' : 'Say topic');
  expect(text).toContain('Say topic');
  expect(processesWith(folder)).toEqual([]);
  const again = await shell(['git', 'ls-remote', 'https://github.com/acme/app', 'main'], home);
  expect(again).toMatchObject({ code: 0, text: expect.stringMatching(/^[0-9a-f]{40}\trefs\/heads\/main/) });
  expect(await shell(['sh', '-c', 'exit 3'], home)).toMatchObject({ code: 1 });
  expect(await shell(['no-such-program'], home)).toMatchObject({ text: expect.stringContaining('cannot be started') });
});

test('without a lab that is up, lab env says how to have one', async () => {
  const one = startCommand(['lab', 'env', '--folder', folder]);
  expect(await one.ended).toBe(1);
  expect(one.text()).toMatch(/expected a lab that is up, found none[\s\S]*trunkline lab up/);
});

test('a lab that is up is joined by shells and by scripts, from loopback only', async () => {
  const up = await labUp(folder);
  started.push(up);
  const { lab } = up;
  const joined = await shell(['sh', '-c', 'git ls-remote https://github.com/acme/app main && echo $HTTPS_PROXY'], home);
  expect(joined).toMatchObject({ code: 0, text: expect.stringContaining(`127.0.0.1:${lab.port}`) });
  const script = `eval "$("${process.execPath}" "${command}" lab env --folder "${folder}")" && curl -s -H "Authorization: Bearer $GH_TOKEN" https://api.github.com/user`;
  const { stdout } = await run('sh', ['-c', script], { cwd: home, env: { PATH: process.env['PATH'] ?? '' } });
  expect(JSON.parse(stdout)).toMatchObject({ login: 'alice' });
  const json = startCommand(['lab', 'env', '--folder', folder, '--json']);
  expect(await json.ended).toBe(0);
  expect(JSON.parse(json.text())).toMatchObject({ HTTPS_PROXY: `http://127.0.0.1:${lab.port}` });
  await onLoopbackOnly(lab);
  expect(readFileSync(join('/proc', String(lab.pid), 'cmdline'), 'utf8')).not.toMatch(/gh[ps]_/);
  up.child.kill('SIGINT');
  expect(await up.ended).toBe(130);
  expect(existsSync(join(folder, 'running.json'))).toBe(false);
});

test('Ctrl-C belongs to the command that runs: the lab stays until that ends', async () => {
  const words = [
    'sh',
    '-c',
    'trap "echo got it" INT; echo ready; sleep 1 & wait; wait; git ls-remote https://github.com/acme/app main',
  ];
  const one = startCommand(['lab', 'shell', '--folder', folder, '--', ...words], { cwd: home });
  started.push(one);
  await one.prints(/ready/);
  one.child.kill('SIGINT');
  one.child.kill('SIGINT');
  expect(await one.ended).toBe(0);
  expect(one.text()).toMatch(/[0-9a-f]{40}\trefs\/heads\/main/);
  const ended = startCommand(['lab', 'shell', '--folder', folder, '--', 'sleep', '100'], { cwd: home });
  started.push(ended);
  while (!processesWith(folder).some((one) => /^\d+ sleep 100/.test(one)))
    await new Promise((done) => setTimeout(done, 50));
  ended.child.kill('SIGTERM');
  expect(await ended.ended).toBe(130);
  expect(processesWith(folder)).toEqual([]);
});

/** Nobody who is not on this machine reaches it: no address but 127.0.0.1 answers at its port. */
async function onLoopbackOnly(lab: UpLab): Promise<void> {
  const reaches = (host: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({ host, port: lab.port, timeout: 2000 });
      socket.on('connect', () => resolve(true));
      for (const event of ['error', 'timeout'] as const) socket.on(event, () => resolve(false));
      socket.on('close', () => socket.destroy());
      socket.on('connect', () => socket.destroy());
    });
  expect(await reaches('127.0.0.1')).toBe(true);
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address);
  if (others.length === 0) process.stderr.write('this machine has no address but loopback: nothing else to try\n');
  for (const host of others) expect({ host, reached: await reaches(host) }).toEqual({ host, reached: false });
}

function mkdirs(name: string): string {
  const path = join(home, name);
  mkdirSync(path);
  return path;
}
