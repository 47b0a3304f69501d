import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import { type Acme, checksRule, openAcme, pullRequestRule } from './testing/acme.ts';

const run = promisify(execFile);
const missing = await run('gh', ['--version']).then(
  () => undefined,
  () => 'gh is not installed: its commands were not tried (apt install gh)',
);

let acme: Acme;
let server: Server;
let folder: string;

beforeAll(async () => {
  acme = await openAcme();
  folder = mkdtempSync(join(tmpdir(), 'gh-'));
  server = createServer(acme.listener);
  const socket = join(folder, 'socket');
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  // gh asks git for its configuration, also where a command names the repository.
  await git(['init', '--quiet', 'work'], { cwd: folder });
  await git(['remote', 'add', 'origin', 'https://github.com/acme/app.git'], { cwd: join(folder, 'work') });
  mkdirSync(join(folder, 'config'));
  writeFileSync(join(folder, 'config', 'config.yml'), `prompt: disabled\nhttp_unix_socket: ${socket}\n`);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await acme.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs gh as somebody, outside of any clone; answers what it printed, and throws when it fails. */
async function gh(who: 'alice' | 'bob' | 'carol', ...args: readonly string[]): Promise<string> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GH_CONFIG_DIR: join(folder, 'config'),
    GH_TOKEN: acme.tokens[who],
    GH_REPO: 'acme/app',
    GH_NO_UPDATE_NOTIFIER: '1',
    NO_COLOR: '1',
    // gh keeps logs and what it learned about servers there.
    TMPDIR: folder,
  };
  const { stdout, stderr } = await run('gh', [...args], { env, cwd: join(folder, 'work'), timeout: 30_000 });
  return stdout + stderr;
}

const failure = (promise: Promise<string>): Promise<string> =>
  promise.then(
    (text) => expect.fail(`expected a refusal, found: ${text}`),
    (error: { stderr?: string }) => error.stderr ?? String(error),
  );

test('auth, api and secrets', async () => {
  if (missing !== undefined) return process.stderr.write(`${missing}\n`);
  expect(await gh('alice', 'auth', 'status')).toContain('Logged in to github.com as alice');
  expect(await gh('alice', 'api', 'repos/{owner}/{repo}', '--jq', '.full_name')).toBe('acme/app\n');
  expect(await gh('alice', 'api', 'graphql', '-f', 'query={viewer{login}}', '--jq', '.data.viewer.login')).toBe(
    'alice\n',
  );
  expect(await gh('alice', 'repo', 'view', 'acme/app')).toContain('acme/app');
  await gh('carol', 'secret', 'set', 'KEY', '--body', 'hidden');
  await acme.ask('carol', 'PUT', '/repos/acme/app/environments/prod', {}, 200);
  await gh('carol', 'secret', 'set', 'KEY', '--env', 'prod', '--body', 'deeper');
  expect(await gh('carol', 'secret', 'list')).toContain('KEY');
  const held = [...acme.forge.store.secrets.values()].map(({ scope, value }) => [scope, value]);
  expect(held).toEqual([
    ['repository', 'hidden'],
    ['environment', 'deeper'],
  ]);
  expect(await failure(gh('alice', 'api', 'repos/acme/none'))).toContain('HTTP 404');
  return undefined;
});

test('repositories are made and listed', async () => {
  if (missing !== undefined) return;
  expect(await gh('alice', 'repo', 'create', 'acme/made', '--private', '--description', 'By gh')).toContain(
    'acme/made',
  );
  expect(await gh('alice', 'repo', 'list', 'acme')).toMatch(/acme\/made\tBy gh\tprivate/);
  expect(await failure(gh('alice', 'repo', 'create', 'acme/made', '--private'))).toContain('already exists');
});

test('a pull request from its opening to its merge', async () => {
  if (missing !== undefined) return;
  await acme.ruleset([pullRequestRule(), checksRule('ci')]);
  const head = await acme.commit('alice', 'topic', 'topic.txt', 'topic');
  const url = await gh(
    'alice',
    'pr',
    'create',
    '--title',
    'Topic',
    '--body',
    'Why',
    '--head',
    'topic',
    '--base',
    'main',
  );
  expect(url).toContain('https://github.com/acme/app/pull/1');
  expect(await gh('bob', 'pr', 'list')).toContain('Topic');
  expect(await gh('bob', 'pr', 'list', '--author', 'alice', '--search', 'Topic')).toContain('Topic');
  expect(
    JSON.parse(await gh('bob', 'pr', 'list', '--json', 'number,headRefName,mergeStateStatus,author,labels')),
  ).toMatchObject([{ number: 1, headRefName: 'topic', mergeStateStatus: 'BLOCKED', author: { login: 'alice' } }]);
  expect(await gh('bob', 'pr', 'view', '1')).toContain('Why');
  const fields =
    'reviewDecision,mergeable,statusCheckRollup,commits,files,reviews,comments,baseRefName,isDraft,state,url';
  expect(JSON.parse(await gh('bob', 'pr', 'view', '1', '--json', fields))).toMatchObject({
    reviewDecision: 'REVIEW_REQUIRED',
    mergeable: 'MERGEABLE',
    statusCheckRollup: [],
  });
  await gh('bob', 'pr', 'comment', '1', '--body', 'Looking');
  expect(await gh('bob', 'pr', 'view', '1', '--comments')).toContain('Looking');
  await gh('alice', 'pr', 'edit', '1', '--title', 'Topic two', '--add-reviewer', 'bob');
  await gh('alice', 'pr', 'merge', '1', '--auto', '--squash');
  expect(await failure(gh('carol', 'pr', 'merge', '1', '--squash'))).toContain('is not mergeable');
  expect(await failure(gh('carol', 'pr', 'merge', '1', '--admin', '--squash'))).toContain(
    'approving review is required',
  );
  await gh('alice', 'pr', 'merge', '1', '--disable-auto');
  expect(await failure(gh('alice', 'pr', 'review', '1', '--approve'))).toContain(
    'Can not approve your own pull request',
  );
  await gh('bob', 'pr', 'review', '1', '--approve', '--body', 'Good');
  expect(await failure(gh('alice', 'pr', 'checks', '1'))).toContain('no checks reported');
  const status = { state: 'success', context: 'ci', target_url: 'https://ci.test/1' };
  await acme.ask('alice', 'POST', `/repos/acme/app/statuses/${head}`, status, 201);
  expect(await gh('alice', 'pr', 'checks', '1', '--required')).toMatch(/ci\s+pass/);
  expect(await gh('carol', 'pr', 'merge', '1', '--rebase', '--delete-branch')).toBe('');
  expect(acme.tip('topic')).toBeUndefined();
  expect(await gh('bob', 'pr', 'view', '1', '--json', 'state,mergedBy', '--jq', '.state+.mergedBy.login')).toBe(
    'MERGEDcarol\n',
  );
  await acme.commit('alice', 'other', 'other.txt', 'other');
  await gh('alice', 'pr', 'create', '--title', 'Other', '--body', '', '--head', 'other', '--draft');
  await gh('alice', 'pr', 'ready', '2');
  await gh('alice', 'pr', 'close', '2');
  await gh('alice', 'pr', 'reopen', '2');
  expect(await gh('alice', 'pr', 'diff', '2')).toContain('+other');
});

test('issues and labels', async () => {
  if (missing !== undefined) return;
  await gh('alice', 'label', 'create', 'bug', '--color', 'ff0000');
  expect(await gh('alice', 'label', 'list')).toContain('bug');
  const url = await gh('alice', 'issue', 'create', '--title', 'Broken', '--body', 'Very', '--label', 'bug');
  const number = /issues\/(\d+)/.exec(url)?.[1] ?? '';
  expect(await gh('alice', 'issue', 'list')).toContain('Broken');
  expect(await gh('alice', 'issue', 'view', number)).toContain('Very');
  await gh('alice', 'issue', 'close', number);
});

test('workflows and runs', async () => {
  if (missing !== undefined) return;
  const text =
    'name: CI\non: { workflow_dispatch: { inputs: { colour: {} } } }\njobs: { build: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }\n';
  await acme.commit('carol', 'ci', '.github/workflows/ci.yml', text);
  await acme.ask('carol', 'PATCH', '/repos/acme/app', { default_branch: 'ci' }, 200);
  expect(await gh('alice', 'workflow', 'list')).toContain('CI');
  await gh('alice', 'workflow', 'run', 'ci.yml', '-f', 'colour=red', '--ref', 'ci');
  let id = 0;
  for await (const command of acme.runs.commands(AbortSignal.timeout(10_000))) {
    if (command.kind !== 'event') continue;
    expect(command.event.payload['inputs']).toEqual({ colour: 'red' });
    const [opened] = await acme.runs.openRuns(command.event.id, [
      { path: '.github/workflows/ci.yml', workflowName: 'CI', title: 'by hand' },
    ]);
    id = opened?.id ?? 0;
    break;
  }
  const [job] = await acme.runs.openJobs(id, [{ name: 'build', jobId: 'build', labels: ['ubuntu-latest'] }]);
  const at = new Date().toISOString();
  const step = {
    number: 1,
    name: 'Run true',
    status: 'completed',
    conclusion: 'failure',
    startedAt: at,
    completedAt: at,
    fidelity: 'real',
  } as const;
  await acme.runs.setRun(id, { status: 'in_progress' });
  await acme.runs.setJob(job?.id ?? 0, { status: 'in_progress', runnerName: 'lab' });
  acme.runs.log(job?.id ?? 0, `${at} the colour is red\n`);
  const watching = gh('alice', 'run', 'watch', String(id), '--interval', '1');
  const annotations = [{ level: 'warning', message: 'Mind the gap', path: 'a.txt', startLine: 1 }] as const;
  await acme.runs.setJob(job?.id ?? 0, { status: 'completed', conclusion: 'failure', steps: [step], annotations });
  await acme.runs.setRun(id, { status: 'completed', conclusion: 'failure' });
  expect(await watching).toContain('failure');
  expect(await gh('alice', 'run', 'list')).toContain('by hand');
  expect(await gh('alice', 'run', 'list', '--workflow', 'ci.yml')).toContain('by hand');
  const view = await gh('alice', 'run', 'view', String(id));
  expect(view).toContain('Run true');
  expect(view).toContain('Mind the gap');
  expect(await gh('alice', 'run', 'view', String(id), '--log')).toContain('the colour is red');
  expect(await gh('alice', 'run', 'view', String(id), '--log-failed')).toContain('the colour is red');
  expect(await gh('alice', 'run', 'view', '--job', String(job?.id), '--log')).toContain('the colour is red');
  await gh('alice', 'run', 'rerun', String(id), '--failed');
  await gh('alice', 'run', 'cancel', String(id));
  expect(await failure(gh('alice', 'run', 'download', String(id)))).toContain('no valid artifacts');
});

test('releases', async () => {
  if (missing !== undefined) return;
  const url = await gh('alice', 'release', 'create', 'v1.0.0', '--notes', 'First', '--target', 'main');
  expect(url).toContain('https://github.com/acme/app/releases/tag/v1.0.0');
  expect(await gh('alice', 'release', 'list')).toContain('v1.0.0');
  expect(await gh('alice', 'release', 'view', 'v1.0.0')).toContain('First');
  await gh('alice', 'release', 'delete', 'v1.0.0', '--yes');
});

test('nothing of it was a fault of the forge', () => {
  expect(acme.faults).toEqual([]);
});
