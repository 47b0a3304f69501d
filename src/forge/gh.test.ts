import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import { type Acme, checksRule, openAcme, pullRequestRule } from './testing/acme.ts';

const run = promisify(execFile);

/** gh of the PATH, and with TRUNKLINE_SECOND_GH one more, of another version. */
const programs = ['gh', ...(process.env['TRUNKLINE_SECOND_GH'] ? [process.env['TRUNKLINE_SECOND_GH']] : [])];
const versions = await Promise.all(
  programs.map((program) =>
    run(program, ['--version']).then(
      ({ stdout }) => ({ program, version: /(\d+\.\d+)\.\d+/.exec(stdout)?.[1] ?? '' }),
      () => ({ program, version: '' }),
    ),
  ),
);
const installed = versions.filter(({ version }) => version !== '');
if (installed.length < versions.length)
  process.stderr.write('gh is not installed: its commands were not tried (apt install gh)\n');
if (programs.length < 2)
  process.stderr.write('no second gh: TRUNKLINE_SECOND_GH names none (2.46 has variable, ruleset and more)\n');

test('a second gh that is named can be started', () => {
  expect(versions.slice(1).filter(({ version }) => version === '')).toEqual([]);
});

describe.each(installed)('gh $version', ({ program, version }) => {
  const newer = Number(version.split('.')[1]) >= 46;
  let acme: Acme;
  let server: Server;
  let folder: string;
  let work: string;

  beforeAll(async () => {
    acme = await openAcme();
    folder = mkdtempSync(join(tmpdir(), 'gh-'));
    server = createServer(acme.listener);
    const socket = join(folder, 'socket');
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    // git comes over TCP, where gh speaks to a socket.
    const web = createServer(acme.listener);
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    server.once('close', () => web.close().closeAllConnections());
    const { port } = web.address() as AddressInfo;
    work = join(folder, 'work');
    // gh asks git for its configuration, also where a command names the repository.
    await git(['init', '--quiet', 'work'], { cwd: folder });
    await git(['remote', 'add', 'origin', 'https://github.com/acme/app.git'], { cwd: work });
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config', 'config.yml'), `prompt: disabled\nhttp_unix_socket: ${socket}\n`);
    // Were github.com the proxy's, git would go there; here a name for its address does.
    const basic = (token: string): string => Buffer.from(`x:${token}`).toString('base64');
    for (const [login, token] of Object.entries(acme.tokens)) {
      const lines = [
        `[url "http://github.localhost:${port}/"]\n\tinsteadOf = http://github.localhost/\n\tinsteadOf = https://github.localhost/`,
        `[http "http://github.localhost:${port}/"]\n\textraHeader = Authorization: Basic ${basic(token)}`,
        `[user]\n\tname = ${login}\n\temail = ${login}@acme.test`,
      ];
      writeFileSync(join(folder, `${login}.gitconfig`), `${lines.join('\n')}\n`);
    }
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await acme.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs gh as somebody, outside of any clone; answers what it printed, and throws when it fails. */
  async function gh(who: 'alice' | 'bob' | 'carol', ...args: readonly string[]): Promise<string> {
    return ghIn(work, { GH_REPO: 'acme/app' }, who, ...args);
  }

  async function ghIn(
    cwd: string,
    more: Readonly<Record<string, string>>,
    who: 'alice' | 'bob' | 'carol',
    ...args: readonly string[]
  ): Promise<string> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      GH_CONFIG_DIR: join(folder, 'config'),
      GH_TOKEN: acme.tokens[who],
      GH_NO_UPDATE_NOTIFIER: '1',
      NO_COLOR: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: join(folder, `${who}.gitconfig`),
      // gh keeps logs and what it learned about servers there.
      TMPDIR: folder,
      ...more,
    };
    const { stdout, stderr } = await run(program, [...args], { env, cwd, timeout: 30_000 });
    return stdout + stderr;
  }

  /** In a clone, where the host is one that gh asks without TLS: its remote tells it which repository it is in. */
  const inClone = (who: 'alice' | 'bob' | 'carol', ...args: readonly string[]): Promise<string> =>
    ghIn(join(folder, 'clone'), { GH_HOST: 'github.localhost' }, who, ...args);

  const failure = (promise: Promise<string>): Promise<string> =>
    promise.then(
      (text) => expect.fail(`expected a refusal, found: ${text}`),
      (error: { stderr?: string }) => error.stderr ?? String(error),
    );

  test('auth, api and secrets', async () => {
    expect(await gh('alice', 'auth', 'status')).toMatch(/Logged in to github\.com (?:as|account) alice/);
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
  });

  test('repositories are made and listed', async () => {
    expect(await gh('alice', 'repo', 'create', 'acme/made', '--private', '--description', 'By gh')).toContain(
      'acme/made',
    );
    expect(await gh('alice', 'repo', 'list', 'acme')).toMatch(/acme\/made\tBy gh\tprivate/);
    expect(await failure(gh('alice', 'repo', 'create', 'acme/made', '--private'))).toContain('already exists');
  });

  test('a pull request from its opening to its merge', async () => {
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
    await gh('alice', 'label', 'create', 'broken', '--color', 'ff0000');
    expect(await gh('alice', 'label', 'list')).toContain('broken');
    const url = await gh('alice', 'issue', 'create', '--title', 'Broken', '--body', 'Very', '--label', 'broken');
    const number = /issues\/(\d+)/.exec(url)?.[1] ?? '';
    expect(await gh('alice', 'issue', 'list')).toContain('Broken');
    expect(await gh('alice', 'issue', 'view', number)).toContain('Very');
    await gh('alice', 'issue', 'close', number);
  });

  test('workflows and runs', async () => {
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

  test('releases with assets', async () => {
    const url = await gh('alice', 'release', 'create', 'v1.0.0', '--notes', 'First', '--target', 'main');
    expect(url).toContain('https://github.com/acme/app/releases/tag/v1.0.0');
    expect(await gh('alice', 'release', 'list')).toContain('v1.0.0');
    expect(await gh('alice', 'release', 'view', 'v1.0.0')).toContain('First');
    await gh('alice', 'release', 'edit', 'v1.0.0', '--title', 'The first');
    const asset = join(folder, 'tool.tar');
    writeFileSync(asset, 'bytes of a tool\n');
    await gh('alice', 'release', 'create', 'v1.1.0', asset, '--notes', 'Second', '--target', 'main');
    expect(await gh('alice', 'release', 'view', 'v1.1.0', '--json', 'assets,isDraft', '--jq', '.assets[0].name')).toBe(
      'tool.tar\n',
    );
    await gh('alice', 'release', 'upload', 'v1.0.0', asset);
    await gh('alice', 'release', 'download', 'v1.1.0', '--dir', join(folder, 'down'));
    expect(readFileSync(join(folder, 'down', 'tool.tar'), 'utf8')).toBe('bytes of a tool\n');
    await gh('alice', 'release', 'delete', 'v1.0.0', '--yes');
  });

  test('in a clone: create, check out, merge in each way', async () => {
    await ghIn(folder, { GH_HOST: 'github.localhost' }, 'alice', 'repo', 'clone', 'acme/app', 'clone');
    const clone = join(folder, 'clone');
    const local = (...args: readonly string[]): Promise<string> =>
      git([...args], { cwd: clone, env: { GIT_CONFIG_GLOBAL: join(folder, 'alice.gitconfig') } });
    for (const ruleset of await acme.ask('carol', 'GET', '/repos/acme/app/rulesets', undefined, 200))
      await acme.ask('carol', 'DELETE', `/repos/acme/app/rulesets/${ruleset.id}`, undefined, 204);
    await acme.ask('carol', 'PATCH', '/repos/acme/app', { default_branch: 'main' }, 200);
    for (const way of ['--merge', '--squash', '--rebase']) {
      const branch = `way${way}`;
      await local('checkout', '--quiet', '-B', branch, 'origin/main');
      writeFileSync(join(clone, `${branch}.txt`), branch);
      await local('add', '-A');
      await local('commit', '--quiet', '-m', `Go the way ${way}`);
      await local('push', '--quiet', '-u', 'origin', branch);
      const url = await inClone('alice', 'pr', 'create', '--fill');
      const number = /pull\/(\d+)/.exec(url)?.[1] ?? '';
      expect(await inClone('alice', 'pr', 'status')).toContain(`#${number}`);
      await local('checkout', '--quiet', 'main');
      await inClone('bob', 'pr', 'checkout', number);
      expect((await local('branch', '--show-current')).trim()).toBe(branch);
      await inClone('bob', 'pr', 'review', number, '--comment', '--body', 'Hm');
      await inClone('bob', 'pr', 'merge', number, way, '--delete-branch');
      expect(await inClone('bob', 'pr', 'view', number, '--json', 'state', '--jq', '.state')).toBe('MERGED\n');
      expect(acme.tip(branch)).toBeUndefined();
      await local('fetch', '--quiet', '--prune');
    }
    expect(await inClone('alice', 'pr', 'list', '--state', 'merged')).toContain('Go the way --rebase');
  });

  test('api, page by page', async () => {
    for (let number = 0; number < 7; number += 1)
      await acme.ask('alice', 'POST', '/repos/acme/app/labels', { name: `label-${number}`, color: 'ffffff' }, 201);
    const names = await gh('alice', 'api', '--paginate', 'repos/{owner}/{repo}/labels?per_page=3', '--jq', '.[].name');
    expect(names.match(/label-\d/g)).toHaveLength(7);
    const query =
      'query($endCursor: String) { repository(owner: "acme", name: "app") { labels(first: 3, after: $endCursor) { nodes { name } pageInfo { hasNextPage endCursor } } } }';
    const nodes = await gh('alice', 'api', 'graphql', '--paginate', '-f', `query=${query}`);
    expect(nodes.match(/label-\d/g)).toHaveLength(7);
    expect(
      await gh('alice', 'api', '-X', 'POST', 'repos/acme/app/issues', '-f', 'title=By api', '--jq', '.title'),
    ).toBe('By api\n');
  });

  test('variables and rulesets, which newer ones have', async () => {
    if (!newer) return expect(await failure(gh('carol', 'variable', 'list'))).toContain('unknown command');
    await gh('carol', 'variable', 'set', 'COLOUR', '--body', 'red');
    await gh('carol', 'variable', 'set', 'COLOUR', '--body', 'blue');
    expect(await gh('carol', 'variable', 'list')).toMatch(/COLOUR\s+blue/);
    await acme.ask('carol', 'PUT', '/repos/acme/app/environments/prod', {}, 200);
    await gh('carol', 'variable', 'set', 'COLOUR', '--env', 'prod', '--body', 'green');
    expect(await gh('carol', 'variable', 'list', '--env', 'prod')).toMatch(/COLOUR\s+green/);
    await gh('carol', 'variable', 'delete', 'COLOUR');
    const id = await acme.ruleset([pullRequestRule(), checksRule('ci')], { name: 'held' });
    expect(await gh('carol', 'ruleset', 'list')).toContain('held');
    expect(await gh('carol', 'ruleset', 'view', String(id))).toContain('pull_request');
    const check = await gh('carol', 'ruleset', 'check', 'main');
    expect(check).toContain('required_status_checks');
    expect(await gh('alice', 'pr', 'list', '--state', 'all', '--json', 'autoMergeRequest,title')).toContain(
      'autoMerge',
    );
    return undefined;
  });

  test('nothing of it was a fault of the forge', () => {
    expect(acme.faults).toEqual([]);
  });
});
