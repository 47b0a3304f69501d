import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../src/git/git.ts';
import { type CommandProcess, labUp, processesWith, startCommand } from './testing/lab-process.ts';

const run = promisify(execFile);
let home: string;
const started: CommandProcess[] = [];
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lab-process-'));
});
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(home, { recursive: true, force: true });
});

/** Deaf to everything but SIGKILL, with a child of its own. */
const deaf = `on: [push, workflow_dispatch]
jobs:
  deaf:
    runs-on: ubuntu-latest
    steps:
      - run: |
          trap '' INT TERM
          (trap '' INT TERM; exec sleep 300) &
          echo "now deaf" | tr a-z A-Z
          while true; do sleep 300; done
`;

async function repository(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(home, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const inFolder = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', ...args], { cwd: folder });
  await inFolder('init', '-q', '-b', 'main');
  await inFolder('add', '.');
  await inFolder('commit', '-qm', 'start');
  return folder;
}

async function api(lab: { urls: { local: string } }, token: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${lab.urls.local}/api/v3${path}`, {
    method,
    headers: { authorization: `token ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
}

/** Asks twice to end, and finds nothing left of it. */
async function interruptTwice(one: CommandProcess, folder: string): Promise<void> {
  one.child.kill('SIGINT');
  await new Promise((done) => setTimeout(done, 100));
  one.child.kill('SIGINT');
  // It may have been on its way out: after its last handler, Node leaves a signal to the system.
  expect([130, 'SIGINT']).toContain(await one.ended);
  expect(processesWith(folder)).toEqual([]);
}

test.concurrent('lab up: a second Ctrl-C ends deaf jobs at once; the lab opens again, concludes their run and runs it again', async () => {
  const folder = join(home, 'up');
  const up = await labUp(folder);
  started.push(up);
  const { lab } = up;
  const alice = lab.tokens['alice'] ?? '';
  await api(lab, alice, 'POST', '/orgs/acme/repos', { name: 'app', private: true });
  const source = await repository('source', { '.github/workflows/deaf.yml': deaf });
  const env = { ...lab.env, GIT_TERMINAL_PROMPT: '0' };
  await git(['push', '-q', `https://x:${alice}@github.com/acme/app.git`, 'main'], { cwd: source, env });
  const runs = async (at = lab): Promise<Record<string, unknown>[]> =>
    (await api(at, alice, 'GET', '/repos/acme/app/actions/runs'))['workflow_runs'] as Record<string, unknown>[];
  while (processesWith(folder).filter((line) => line.includes('sleep 300')).length < 2) await pause();
  await interruptTwice(up, folder);
  expect(existsSync(join(folder, 'running.json'))).toBe(false);

  const again = await labUp(folder);
  started.push(again);
  while ((await runs(again.lab))[0]?.['status'] !== 'completed') await pause();
  const [run] = await runs(again.lab);
  expect(run).toMatchObject({ conclusion: 'failure', run_attempt: 1 });
  await api(again.lab, alice, 'POST', `/repos/acme/app/actions/runs/${run?.['id']}/rerun`);
  while (processesWith(folder).filter((line) => line.includes('sleep 300')).length < 2) await pause();
  await interruptTwice(again, folder);
});

// The script is shown just before it is started, and prints in capitals once it is deaf.
test.concurrent.each([
  ['that starts', /now deaf/],
  ['that is deaf', /NOW DEAF/],
])('lab run: a second Ctrl-C leaves neither a process %s nor the temporary folder', async (name, moment) => {
  const source = await repository(name, { '.github/workflows/deaf.yml': deaf });
  const temporary = join(home, `temporary ${name}`);
  mkdirSync(temporary);
  const one = startCommand(['lab', 'run', '--verbose'], { cwd: source, env: { TMPDIR: temporary } });
  started.push(one);
  await one.prints(moment);
  await interruptTwice(one, temporary);
  expect(readdirSync(temporary)).toEqual([]);
});

const mixed = `on:
  workflow_dispatch: { inputs: { who: { required: true, type: string } } }
jobs:
  linux:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: curl -sS https://elsewhere.test || echo "\${{ inputs.who }} was refused"
  windows:
    runs-on: windows-latest
    steps: [{ run: dir }]
`;

test.concurrent('lab run tells people and machines what was real, who was asked, and why a job did not run', async () => {
  const cwd = await repository('mixed', { '.github/workflows/mixed.yml': mixed });
  const labRun = async (...args: string[]): Promise<{ code: unknown; text: string }> => {
    const one = startCommand(['lab', 'run', '--event', 'workflow_dispatch', ...args], { cwd });
    return { code: await one.ended, text: one.text() };
  };
  const said = await labRun('--input', 'who=me');
  expect(said.code).toBe(1);
  expect(said.text).toMatch(/── .* › windows\n.*windows-latest/);
  expect(said.text).toMatch(/steps {9}3 real, 2 built-in, 0 stand-in, 0 skipped\n/);
  expect(said.text).toMatch(/refused {7}elsewhere\.test \(let one through with --allow HOST\)\n/);
  const { code, text } = await labRun('--input', 'who=me', '--json', '--job', 'linux');
  expect(code).toBe(0);
  expect(JSON.parse(text)).toMatchObject({
    ok: true,
    runs: [{ conclusion: 'success' }],
    steps: { 'built-in': 2 },
    egress: expect.arrayContaining([{ host: 'elsewhere.test', port: 443, verdict: 'refused', count: 1 }]),
  });
  expect(await labRun()).toEqual({
    code: 2,
    text: expect.stringMatching(/Required input 'who' not provided \[INPUT_INVALID\]\n {2}hint: .*--input NAME=VALUE/),
  });
});

test.concurrent('an error that nobody waited for is said as any other, and leaves nothing behind', async () => {
  const temporary = join(home, 'temporary astray');
  mkdirSync(temporary);
  const source = await repository('astray', { '.github/workflows/deaf.yml': deaf });
  const astray = `import { existsSync, readdirSync } from 'node:fs';
    const folder = ${JSON.stringify(temporary)};
    const timer = setInterval(() => {
      const lab = readdirSync(folder)[0];
      if (lab === undefined || !existsSync([folder, lab, 'runner/jobs/1/work'].join('/'))) return;
      clearInterval(timer);
      throw new Error('gone astray');
    }, 20);`;
  const one = startCommand(['lab', 'run'], {
    cwd: source,
    env: { TMPDIR: temporary },
    node: ['--import', `data:text/javascript,${encodeURIComponent(astray)}`],
  });
  started.push(one);
  expect(await one.ended).toBe(70);
  expect(one.text()).toMatch(/This is a bug in trunkline[\s\S]*gone astray/);
  expect(processesWith(temporary)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

test.concurrent('two labs at once do not meet: neither accounts, repositories, hosts, tokens nor services of the other', async () => {
  const first = await labUp(join(home, 'first'));
  const second = await labUp(join(home, 'second'), { args: ['--port', String(first.lab.port)] });
  started.push(first, second);
  expect(second.lab.port).not.toBe(first.lab.port);
  expect(second.lab.notes).toContain(`port ${first.lab.port} is busy: the lab listens on ${second.lab.port}`);
  const [one = '', other = ''] = [first, second].map(({ lab }) => lab.tokens['alice'] ?? '');
  await api(first.lab, one, 'POST', '/orgs/acme/repos', { name: 'mine', auto_init: true });
  await expect(api(second.lab, other, 'GET', '/repos/acme/mine')).rejects.toThrow(/404/);
  await expect(api(second.lab, one, 'GET', '/user')).rejects.toThrow(/401/);
  const asSeenIn = async ({ lab }: typeof first): Promise<string> => {
    const env = { PATH: process.env['PATH'] ?? '', ...lab.env };
    const args = ['-s', '-o', '/dev/null', '-w', '%{http_code}', 'https://api.github.com/repos/acme/mine'];
    return (await run('curl', args, { env })).stdout;
  };
  expect([await asSeenIn(first), await asSeenIn(second)]).toEqual(['200', '404']);
  const code = await startCommand(['lab', 'up', '--folder', first.lab.folder]).ended;
  expect(code).toBe(1);
  second.child.kill('SIGINT');
  expect(await second.ended).toBe(130);
  expect(await asSeenIn(first)).toBe('200');
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(130);
  expect(processesWith(join(home, 'first'))).toEqual([]);
});

test.concurrent('what is missing is said: git, a repository, a commit; uncommitted changes are left alone', async () => {
  const outcome = async (cwd: string, env: Record<string, string> = {}): Promise<string> => {
    const one = startCommand(['lab', 'run'], { cwd, env });
    const code = await one.ended;
    return `${code} ${one.text()}`;
  };
  const empty = join(home, 'empty');
  mkdirSync(empty);
  expect(await outcome(empty)).toMatch(/^1 [\s\S]*expected a git repository, found none[\s\S]*NOT_A_REPOSITORY/);
  await git(['init', '-q'], { cwd: empty });
  expect(await outcome(empty)).toMatch(/^1 [\s\S]*expected a commit/);
  const changed = await repository('changed', {
    '.github/workflows/ci.yml': 'on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: cat a.txt }] } }\n',
  });
  expect(await outcome(changed, { PATH: empty })).toMatch(/^1 [\s\S]*GIT_MISSING/);
  const up = startCommand(['lab', 'up', '--folder', join(home, 'without git')], { env: { PATH: empty } });
  started.push(up);
  expect(await up.ended).toBe(1);
  expect(up.text()).toMatch(/GIT_MISSING/);
  writeFileSync(join(changed, 'a.txt'), 'not committed');
  expect(await outcome(changed)).toMatch(/^1 Only what is committed runs[\s\S]*a\.txt/);
  expect(readdirSync(changed).sort()).toEqual(['.git', '.github', 'a.txt']);
});

function pause(): Promise<void> {
  return new Promise((done) => setTimeout(done, 50));
}
