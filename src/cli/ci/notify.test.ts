import { createHmac } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from '../commands.ts';
import { dispatch } from '../dispatch.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'notify-'));
  mkdirSync(join(folder, 'configured'));
  writeFileSync(
    join(folder, 'configured/trunkline.yaml'),
    `kind: Environments
accept: {}
manifests: { json: "{environment}.json", path: "{service}" }
notify:
  slack: { channel: "#deploys" }
  pagerduty: { when: [infrastructure, rollback] }
environments: { prod: { track: main } }
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const secrets = {
  SLACK_WEBHOOK_URL: 'https://hooks.slack.test/services/T0/very-secret',
  DISCORD_WEBHOOK_URL: 'https://discord.test/api/webhooks/1/very-secret',
  PAGERDUTY_ROUTING_KEY: 'routing-key-very-secret',
  NOTIFY_WEBHOOK_URL: 'https://hook.test/very-secret',
  NOTIFY_WEBHOOK_SECRET: 'signing-very-secret',
};

interface Told {
  readonly url: string;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
  readonly redirect: string | undefined;
  readonly text: string;
}

async function notify(
  args: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; answer?: (url: string) => Response } = {},
): Promise<{ code: number; out: string; told: Told[] }> {
  const told: Told[] = [];
  let out = '';
  const output = {
    write: (part: string) => {
      out += part;
    },
    isTTY: false,
    columns: 100,
  };
  const code = await dispatch(['ci', 'notify', '--service', 'orders', '--environment', 'prod', ...args], commands, {
    clock: { now: () => 0, sleep: async () => undefined },
    random: (bytes) => new Uint8Array(bytes),
    env: options.env ?? secrets,
    fetch: async (input, init) => {
      const [url, text] = [String(input), String(init?.body)];
      told.push({
        url,
        text,
        body: JSON.parse(text) as Record<string, unknown>,
        headers: new Headers(init?.headers),
        redirect: init?.redirect,
      });
      return options.answer?.(url) ?? new Response('ok');
    },
    stdout: output,
    stderr: output,
    cwd: options.cwd ?? folder,
    interrupted: new AbortController().signal,
  });
  return { code, out, told };
}

const digest = `sha256:${'a'.repeat(64)}`;
const rollback = [
  '--kind',
  'rollback',
  '--release',
  digest,
  '--previous',
  '1b2c3d',
  '--by',
  'alice',
  '--reason',
  'smoke <b>&\n@everyone failed',
  '--url',
  'https://github.com/acme/infra/actions/runs/7',
];

test('every channel that has a secret hears the same, each in its own form', async () => {
  const { code, told } = await notify(rollback);
  expect(code).toBe(0);
  const [slack, discord, pagerduty, webhook] = told;
  expect(slack?.text).toContain('*orders is rolled back in prod*');
  expect(slack?.text).toContain('smoke &lt;b&gt;&amp; @everyone failed');
  expect(slack?.text).toContain('*release* 1b2c3d → aaaaaaaaaaaa');
  expect(discord?.body).toMatchObject({
    allowed_mentions: { parse: [] },
    embeds: [{ title: 'orders is rolled back in prod', color: 15158332 }],
  });
  expect(pagerduty).toMatchObject({
    url: 'https://events.pagerduty.com/v2/enqueue',
    body: {
      routing_key: secrets.PAGERDUTY_ROUTING_KEY,
      dedup_key: 'trunkline/rollback/prod/orders/aaaaaaaaaaaa',
      payload: { severity: 'critical' },
    },
  });
  expect(webhook?.body).toMatchObject({ schema: 1, key: 'rollback/prod/orders/aaaaaaaaaaaa', facts: { by: 'alice' } });
  const signature = createHmac('sha256', secrets.NOTIFY_WEBHOOK_SECRET)
    .update(webhook?.text ?? '')
    .digest('hex');
  expect(webhook?.headers.get('x-trunkline-signature-256')).toBe(`sha256=${signature}`);
});

test('trunkline.yaml says who hears what; without secrets nobody does, and that is no failure', async () => {
  const cwd = join(folder, 'configured');
  expect((await notify(['--kind', 'deployed'], { cwd })).told.map((one) => new URL(one.url).host)).toEqual([
    'hooks.slack.test',
  ]);
  expect((await notify(['--kind', 'infrastructure'], { cwd })).told.map((one) => new URL(one.url).host)).toEqual([
    'hooks.slack.test',
    'events.pagerduty.com',
  ]);
  const silent = await notify(['--kind', 'deployed'], { env: {} });
  expect(silent).toMatchObject({
    code: 0,
    told: [],
    out: expect.stringContaining('slack: no secret: SLACK_WEBHOOK_URL is not set'),
  });
});

test('a team with a secret of its own hears of its services, and the platform of infrastructure', async () => {
  const cwd = join(folder, 'teams');
  mkdirSync(cwd);
  writeFileSync(
    join(cwd, 'trunkline.yaml'),
    `kind: Environments
accept: { acme/shop: { services: { orders: orders-team, prices: prices-team } } }
manifests: { json: "{environment}.json", path: "{service}" }
notify: { slack: { teams: [orders-team] }, pagerduty: { when: [infrastructure, rollback-failed], teams: [orders-team] } }
environments: { prod: { track: main } }
`,
  );
  const env = {
    SLACK_WEBHOOK_URL: 'https://hooks.test/everybody',
    SLACK_WEBHOOK_URL_ORDERS_TEAM: 'https://hooks.test/orders-very-secret',
    PAGERDUTY_ROUTING_KEY: 'everybody',
  };
  const paths = async (kind: string, more: readonly string[] = [], given: Record<string, string> = env) => {
    const { told, out } = await notify(['--kind', kind, ...more], { cwd, env: given });
    expect(out).not.toContain('very-secret');
    return told.map((one) => new URL(one.url).pathname);
  };
  expect(await paths('failed')).toEqual(['/orders-very-secret']);
  expect(await paths('failed', ['--service', 'prices'])).toEqual(['/everybody']);
  expect(await paths('infrastructure')).toEqual(['/everybody', '/v2/enqueue']);
  expect(await paths('rollback-failed')).toEqual(['/orders-very-secret', '/everybody', '/v2/enqueue']);
  expect(await paths('failed', [], { SLACK_WEBHOOK_URL: env.SLACK_WEBHOOK_URL })).toEqual(['/everybody']);
  // A shared workflow knows no team, and is given the secret of the one whose service it is.
  const shared = {
    SLACK_WEBHOOK_URL: env.SLACK_WEBHOOK_URL,
    TEAM_SLACK_WEBHOOK_URL: 'https://hooks.test/team-very-secret',
  };
  expect(await paths('failed', [], shared)).toEqual(['/team-very-secret']);
  expect(await paths('failed', ['--service', 'prices'], shared)).toEqual(['/everybody']);
});

test('a channel that did not answer one step is told by the next one of the job, and no other twice', async () => {
  const env = { ...secrets, RUNNER_TEMP: folder };
  const down = await notify(['--kind', 'findings'], {
    env,
    answer: (url) => new Response('', { status: url.includes('discord') ? 404 : 200 }),
  });
  expect(down.told).toHaveLength(4);
  expect((await notify(['--kind', 'findings'], { env })).told.map((one) => new URL(one.url).host)).toEqual([
    'discord.test',
  ]);
});

test('a channel that is down is tried again, said, and fails nothing; no secret is printed', async () => {
  const { code, out, told } = await notify(['--kind', 'failed', '--reason', `see ${secrets.NOTIFY_WEBHOOK_URL}`], {
    answer: (url) => new Response('', { status: url.includes('slack') ? 503 : url.includes('discord') ? 404 : 200 }),
  });
  expect(code).toBe(0);
  expect(told.filter((one) => one.url.includes('slack'))).toHaveLength(3);
  expect(told.filter((one) => one.url.includes('discord'))).toHaveLength(1);
  expect(out).toContain('slack: failed: hooks.slack.test answered 503');
  expect(out).not.toContain('very-secret');
  expect(told.map((one) => one.text.replace(secrets.PAGERDUTY_ROUTING_KEY, '')).join()).not.toContain('very-secret');
});

test('a webhook with a login in its URL is told, and a redirect is no answer', async () => {
  const url = 'https://ops:pa%24%24word@hook.test/deep/very-secret';
  const { code, out, told } = await notify(
    ['--kind', 'failed', '--reason', 'POST /deep/very-secret by pa$$word: 500'],
    {
      env: { NOTIFY_WEBHOOK_URL: url, SLACK_WEBHOOK_URL: secrets.SLACK_WEBHOOK_URL, GITHUB_RUN_ID: '7' },
      answer: (to) => new Response('', { status: to.includes('slack') ? 307 : 200 }),
    },
  );
  expect(code).toBe(0);
  const hook = told.find((one) => one.url === 'https://hook.test/deep/very-secret');
  expect(hook?.headers.get('authorization')).toBe(`Basic ${Buffer.from('ops:pa$$word').toString('base64')}`);
  // Two failures without a release are two, the attempts of one run are one.
  expect(hook?.headers.get('idempotency-key')).toBe('trunkline/failed/prod/orders/7');
  expect(hook?.body).toMatchObject({ facts: { reason: 'POST *** by ***: 500' } });
  expect(out).toContain('slack: failed: hooks.slack.test answered 307');
  expect(told.map((one) => one.redirect)).toEqual(['manual', 'manual']);
  expect(out).not.toMatch(/very-secret|pa\$\$word/);
});

test('a trunkline.yaml that cannot be read, and a token that is not there, silence nobody', async () => {
  mkdirSync(join(folder, 'broken'));
  writeFileSync(join(folder, 'broken/trunkline.yaml'), 'kind: Environments\nnotify: [\n');
  const env = { ...secrets, GITHUB_ACTIONS: 'true', GITHUB_REPOSITORY: 'acme/infra', GITHUB_SHA: 'a'.repeat(40) };
  const { code, out, told } = await notify(['--kind', 'infrastructure', '--once'], {
    env,
    cwd: join(folder, 'broken'),
  });
  expect(code).toBe(0);
  expect(told).toHaveLength(4);
  expect(out).toContain('everybody is told, trunkline.yaml cannot be read');
  expect(out).toContain('who was told cannot be kept');
});

test('the same told twice in a job is told once, a dry run tells nobody', async () => {
  const env = { ...secrets, RUNNER_TEMP: folder };
  expect((await notify(['--kind', 'held'], { env })).told).toHaveLength(4);
  expect(await notify(['--kind', 'held'], { env })).toMatchObject({
    told: [],
    out: expect.stringContaining('slack: told before\n'),
  });
  expect((await notify(['--kind', 'resumed'], { env })).told).toHaveLength(4);
  expect(await notify(['--kind', 'deployed', '--dry-run'])).toMatchObject({
    told: [],
    out: 'orders is deployed in prod\n',
  });
});
