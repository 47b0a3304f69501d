import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOf, hour, type InfraRepository, makeInfraRepository } from '../state/see/testing/infra-repository.ts';
import { type Ran, type RunOptions, runCli } from './see/testing/run-cli.ts';

let repository: InfraRepository;
beforeEach(async () => {
  repository = await makeInfraRepository();
});
afterEach(() => repository.remove());

const run = (words: string, more: Partial<RunOptions> = {}): Promise<Ran> =>
  runCli(words.split(' '), { cwd: repository.folder, now: hour(100), ...more });
const image = (word: string): string => `ghcr.io/acme/api@${digestOf(word)}`;
const short = (word: string): string => digestOf(word).slice(7, 19);

const config = `kind: Environments
accept: { acme/app: { services: { api: api-team, web: web-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments:
  dev: { track: main, merge: auto }
  prod: { from: dev, approve: { owner: 1 } }
`;
const manifest = (api: string, web: string): string => JSON.stringify({ api: { image: api }, web: { image: web } });

test('says what is where, since when, by whom, and what differs, from git alone', async () => {
  await repository.commit(0, 'Start', {
    'trunkline.yaml': config,
    'envs/dev.json': manifest(image('a1'), ''),
    'envs/prod.json': manifest('', ''),
  });
  await repository.commit(10, 'Promote api (#4)\n\nTrunkline-Change: promotion\nRequested-By: bob', {
    'envs/prod.json': manifest(image('a1'), ''),
  });
  await repository.commit(90, 'Bump api (#5)', { 'envs/dev.json': manifest(image('a2'), '') }, 'Carl');
  const { code, out, err } = await run('status');
  expect(code).toBe(0);
  expect(out.split('\n').slice(2)).toEqual([
    'service  environment  release       since  by       against',
    `api      dev          ${short('a2')}  10 h   Carl #5`,
    `api      prod         ${short('a1')}  3 d    bob #4   ≠ dev`,
    'web      dev          -             -      -',
    'web      prod         -             -      -        = dev',
    '',
  ]);
  expect(err).toBe('note: GitHub was not asked: open pull requests, approvals and deployments are not known\n');
  expect((await run('status web --attention')).out).toContain('nothing is held, waits or differs');
});

test('a configuration that cannot be read is what is wrong, where nothing is found without it', async () => {
  const odd = { 'odd/dev.lock': 'x', 'trunkline.yaml': config.replace('merge: auto', 'merge: often') };
  await repository.commit(0, 'Start', odd);
  const { code, err } = await run('status');
  expect(code).toBe(1);
  expect(err).toContain(
    'trunkline.yaml:5:30: error: environments.dev.merge: expected "auto" or "manual", found "often"',
  );
});

test('holds and unreadable pins are said where they are', async () => {
  await repository.commit(0, 'Start', {
    'trunkline.yaml': config,
    'envs/dev.json': manifest(image('a1'), ''),
    'envs/prod.json': manifest(image('a1'), 'two words'),
    '.trunkline/holds.yaml':
      '- { service: api, environment: "*", reason: "smoke\\e[31m", author: bob, since: "2026-01-02T00:00:00Z" }\n- { service: web, environment: dev, reason: over, author: bob, since: "2026-01-02T00:00:00Z", until: "2026-01-03T00:00:00Z" }\n',
  });
  const { out } = await run('status --attention');
  const lines = out.split('\n').slice(3);
  expect(lines[0]).toMatch(/^api +dev .* held by @bob since 2026-01-02: smoke\[31m$/);
  expect(lines[1]).toMatch(/^api +prod .* = dev +held by @bob since 2026-01-02: smoke\[31m$/);
  expect(lines[2]).toMatch(/^web +prod +unreadable .* unknown in dev +expected an image/);
  expect(lines[3]).toBe('');
});

test('JSON has its documented shape, and a summary of it goes to the job', async () => {
  await repository.commit(0, 'Start', { 'envs/dev.json': `{"api":{"image":"${image('a1')}"}}` });
  const folder = mkdtempSync(join(tmpdir(), 'see-summary-'));
  const summary = join(folder, 'summary.md');
  const { out, err } = await run('status --json', { env: { GITHUB_STEP_SUMMARY: summary } });
  const value = JSON.parse(out);
  expect(value).toMatchObject({
    offline: true,
    branch: 'main',
    layout: { source: 'detected' },
    environments: [{ name: 'dev' }],
  });
  expect(value.places).toEqual([
    {
      service: 'api',
      environment: 'dev',
      file: 'envs/dev.json',
      release: digestOf('a1'),
      image: 'ghcr.io/acme/api',
      tag: null,
      digest: digestOf('a1'),
      problem: null,
      since: new Date(hour(0)).toISOString(),
      before: null,
      by: { commit: value.commit, author: 'Ann', requester: null, pull: null },
      deployed: null,
      hold: null,
      against: null,
      waiting: [],
    },
  ]);
  expect(err).toBe('');
  expect(readFileSync(summary, 'utf8')).toContain(`| api | dev | ${short('a1')} | 4 d | Ann `);
  rmSync(folder, { recursive: true });
});

test('freezes are said by environment, with when they end or begin', async () => {
  const freezes = `freezes:
  weekend: { start: Fri 16:00, end: Mon 08:00, timezone: Europe/Berlin }
  lost: { calendar: ops/freeze.ics, timezone: Europe/Berlin }
`;
  const frozen = config
    .replace('environments:', `${freezes}environments:`)
    .replace('approve: { owner: 1 }', 'gates: { freeze: [weekend] }');
  await repository.commit(0, 'Start', {
    'trunkline.yaml': frozen,
    'envs/dev.json': manifest(image('a1'), ''),
    'envs/prod.json': manifest('', ''),
  });
  // 2026-01-01 was a Thursday.
  const at = async (hours: number) => JSON.parse((await run('status --json', { now: hour(hours) })).out).freezes;
  expect(await at(10)).toEqual([{ environment: 'prod', freezes: [], until: null, next: '2026-01-02T15:00:00.000Z' }]);
  expect(await at(50)).toEqual([
    { environment: 'prod', freezes: ['weekend'], until: '2026-01-05T07:00:00.000Z', next: null },
  ]);
  expect((await run('status', { now: hour(50) })).out).toMatch(/prod +frozen: weekend +until 2026-01-05 07:00 UTC/);
  expect((await run(`trace ${digestOf('a1').slice(0, 20)} --json`, { now: hour(50) })).out).toContain(
    'frozen by weekend until 2026-01-05',
  );
  await repository.commit(1, 'Lose the calendar', { 'trunkline.yaml': frozen.replace('[weekend]', '[weekend, lost]') });
  expect((await run('status', { now: hour(50) })).err).toContain(
    'whether prod is frozen is not known: expected the calendar ops/freeze.ics',
  );
});

test('wrong names say what there is; a folder without pins says what was looked for', async () => {
  await repository.commit(0, 'Start', { 'envs/dev.json': `{"api":{"image":"${image('a1')}"}}` });
  expect(await run('status apo')).toMatchObject({ code: 2, err: expect.stringContaining('did you mean "api"?') });
  expect(await run('status --environment prd')).toMatchObject({ code: 2, err: expect.stringContaining('known: dev') });
  expect(await run('status --ref nowhere')).toMatchObject({
    code: 1,
    err: expect.stringContaining('called "nowhere"'),
  });
  await repository.commit(1, 'Empty', { 'envs/dev.json': null });
  expect(await run('status')).toMatchObject({ code: 1, err: expect.stringContaining('found neither') });
  expect(await runCli(['status'], { cwd: tmpdir() })).toMatchObject({
    code: 1,
    err: expect.stringContaining('NOT_A_REPOSITORY'),
  });
});

test('on a terminal lines fit its width, and no reason is cut off', async () => {
  await repository.commit(0, 'Start', {
    'trunkline.yaml': config,
    'envs/dev.json': manifest(image('a1'), ''),
    'envs/prod.json': manifest(image('a1'), 'two '.repeat(40)),
  });
  const { out } = await run('status', { terminal: 110 });
  expect(Math.max(...out.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(110);
  expect(out.match(/two/g)).toHaveLength(20);
});
