import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dispatchCommand } from '../../src/cli/ci/dispatch.ts';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { sweepCommand } from '../../src/cli/ci/sweep.ts';
import { traceCommand } from '../../src/cli/trace.ts';
import { newDigest } from './faults.ts';
import { config, type Outcome, openStage, type Stage } from './stage.ts';

const message =
  'Fix "the" \\"bug\\" 🚀 \'now\' `id` $(id) %0A\n\n\tTabbed, naïve — ünïcode 漢字\nRequested-By: mallory\n';
/** Two organisations ship: an App has an installation, and a token, for each. */
const configured = config
  .replace('accept:\n', 'accept:\n  other/shop: { services: { shop: web-team } }\n')
  .replace('web: web-team }', 'web: web-team, cart: web-team }');
const manifest = '{ "api": { "image": "" }, "web": { "image": "" }, "shop": { "image": "" } }';
let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    config: configured,
    manifests: { 'envs/dev.json': manifest },
  });
  stage.forge.admin.createOrganization('other', { admins: ['carol'] });
  await stage.api('POST', '/orgs/other/repos', { name: 'shop', auto_init: true, private: true });
  stage.forge.admin.installApp('trunkline-delivery', 'other', 'all');
});
afterAll(() => stage.close());

/** What the newest repository_dispatch says, as its run would find it in GITHUB_EVENT_PATH. */
function lastDispatch(): Readonly<Record<string, unknown>> {
  const row = [...stage.forge.forge.store.outbox.values()].findLast(
    ({ command }) => command.kind === 'event' && command.event.name === 'repository_dispatch',
  );
  if (row?.command.kind !== 'event') throw new Error('nothing was dispatched');
  return row.command.event.payload as Readonly<Record<string, unknown>>;
}
function receive(): Promise<Outcome> {
  const path = join(stage.folder, 'event.json');
  writeFileSync(path, JSON.stringify(lastDispatch()));
  return stage.run(receiveCommand, [], { GITHUB_EVENT_PATH: path });
}
const send = (payload: object): Promise<unknown> =>
  stage.api(
    'POST',
    '/repos/acme/infra/dispatches',
    { event_type: 'release', client_payload: payload },
    stage.forge.tokens.alice,
  );
const bodies = async (): Promise<readonly string[]> =>
  (await stage.api<{ body: string }[]>('GET', '/repos/acme/infra/pulls?per_page=100')).map((pull) => pull.body);

test('a foreign payload proposes its release, its commit’s message letter by letter', async () => {
  const digest = newDigest();
  const { commit } = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/app/branches/main');
  const payload = {
    schema: 1,
    service: 'web',
    digest,
    repository: 'acme/app',
    commit: commit.sha,
    image: 'r.test/web',
    ref: 'refs/heads/main',
    message,
  };
  await send(payload);
  expect(lastDispatch()['client_payload']).toEqual(payload);
  const outcome = await receive();
  expect(outcome.error).toBeUndefined();
  const [body = ''] = await bodies();
  const quoted = message
    .trimEnd()
    .split('\n')
    .map((line) => `> ${line}`.trimEnd());
  expect(body).toContain(`\n${quoted.join('\n')}\n`);
  // Quoted, so that nobody else's words become a trailer of ours.
  expect(body.split('\n\n').at(-1)).not.toContain('mallory');
  expect((await receive()).out).toContain('is open already');
  const records = await stage.api<{ creator: { login: string }; payload: object }[]>(
    'GET',
    '/repos/acme/infra/deployments?environment=published',
  );
  expect(records.map((one) => one.creator.login)).toEqual(['trunkline-delivery[bot]']);
  // Delivered from the payload itself: the application repository has no record of it.
  const judged = await stage.run(policyCommand, ['--all']);
  expect(judged.out).toContain('ok  source of web in dev: published by acme/app at');
});

test('what somebody else records in the infra repository is no release', async () => {
  const digest = newDigest();
  await stage.api(
    'POST',
    '/repos/acme/infra/deployments',
    {
      ref: 'main',
      environment: 'published',
      auto_merge: false,
      required_contexts: [],
      payload: { schema: 1, service: 'web', digest, repository: 'acme/app', commit: 'c'.repeat(40) },
    },
    stage.forge.tokens.alice,
  );
  expect((await stage.run(receiveCommand, [])).out).toContain('nothing is waiting to be delivered');
});

test.each([
  [
    'of a service that its repository may not ship',
    { service: 'web', repository: 'acme/other' },
    'NOT_ACCEPTED',
    'acme/other may ship (nothing)',
  ],
  [
    'with faults, all of them at once',
    { service: 'web', digest: 'v1', comit: 'x' },
    'INPUT_INVALID',
    'client_payload.digest: expected a text like',
  ],
])('a payload %s is refused', async (_name, wrong, code, text) => {
  const commit = 'c'.repeat(40);
  await send({ schema: 1, digest: newDigest(), repository: 'acme/app', commit, ...wrong });
  const before = await bodies();
  const { error } = await receive();
  expect(error?.code).toBe(code);
  expect(error?.message).toContain(text);
  // What was armed before may have merged meanwhile.
  expect((await bodies()).filter((body) => !before.includes(body))).toEqual([]);
});

test('a payload that says nothing of a release is only a doorbell', async () => {
  await send({ docker_image_tag: 'v1' });
  expect((await receive()).out).toContain('nothing is waiting to be delivered');
});

test('ci dispatch sends such a payload, and where there is a record too, both are one release', async () => {
  const made = await stage.api<{ commit: { sha: string } }>('PUT', '/repos/acme/app/contents/said', {
    message,
    content: '',
  });
  const commit = made.commit.sha;
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: stage.folder, encoding: 'utf8' });
  git('init', '-q');
  // The application's clone: its commit comes from where the forge keeps it.
  const places = readdirSync(join(stage.forge.forge.folder, 'git'), { recursive: true, encoding: 'utf8' });
  for (const head of places.filter((path) => basename(path) === 'HEAD'))
    git('fetch', '-q', join(stage.forge.forge.folder, 'git', dirname(head)), '+refs/heads/*:refs/remotes/forge/*');
  writeFileSync(join(stage.folder, 'trunkline.yaml'), 'kind: Services\ninfra: acme/infra\nservices: { api: {} }\n');
  const env = {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/app',
    GITHUB_SHA: commit,
    GITHUB_REF: 'refs/heads/main',
    GITHUB_TOKEN: stage.forge.tokens.carol,
    TRUNKLINE_TOKEN: stage.forge.tokens.carol,
  };
  const digest = newDigest();
  const words = ['--service', 'api', '--digest', digest, '--event', 'release', '--payload'];
  const sent = await stage.run(dispatchCommand, words, env);
  writeFileSync(join(stage.folder, 'trunkline.yaml'), configured);
  expect(sent.error).toBeUndefined();
  expect(lastDispatch()['client_payload']).toMatchObject({
    schema: 1,
    service: 'api',
    digest,
    commit,
    message: message.trimEnd(),
  });
  const { out } = await receive();
  expect(out.match(/api in dev: none → /g)).toHaveLength(1);
});

/** A release of another organisation's repository, at the newest commit of it or at an older one. */
async function publishShop(digest: string, ref?: string): Promise<{ id: number; sha: string }> {
  return stage.api('POST', '/repos/other/shop/deployments', {
    ref: ref ?? 'main',
    environment: 'published',
    task: 'publish',
    auto_merge: false,
    required_contexts: [],
    payload: { schema: 1, service: 'shop', digest, image: 'ghcr.io/other/shop', ref: 'refs/heads/main' },
  });
}

test('what another organisation’s repository publishes is read, told by ancestry, acknowledged, judged and traced', async () => {
  const [older, newer, late] = [newDigest(), newDigest(), newDigest()];
  const first = await publishShop(older);
  await stage.api('PUT', '/repos/other/shop/contents/more', { message: 'More', content: '' });
  const second = await publishShop(newer);
  await publishShop(late, first.sha);
  const outcome = await stage.run(receiveCommand, []);
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain(`shop in dev: none → ${newer.slice(7, 19)}`);
  for (const digest of [older, late])
    expect(outcome.out).toContain(`shop: ${digest.slice(7, 19)} is superseded by ${newer.slice(7, 19)}`);
  expect(await stage.api('GET', `/repos/other/shop/deployments/${second.id}/statuses`)).toMatchObject([
    { state: 'success', description: 'proposed by pull request' },
  ]);

  const judged = await stage.run(policyCommand, ['--all', '--dry-run', '--json']);
  const verdicts = (JSON.parse(judged.out) as { verdicts: { gate: string; ok: boolean }[] }[]).flatMap(
    (one) => one.verdicts,
  );
  expect(verdicts.find((one) => one.gate === 'source of shop in dev')?.ok).toBe(true);
  const trace = await stage.run(traceCommand, [`other/shop@${second.sha}`, '--json'], {
    GITHUB_SERVER_URL: await stage.server(),
  });
  expect(JSON.parse(trace.out)).toMatchObject({
    traces: [{ service: 'shop', release: newer, source: { repository: 'other/shop', commit: second.sha } }],
  });
});

test('a repository that is gone, and a manifest that cannot be read, keep no other from delivering, and are named', async () => {
  await stage.api('DELETE', '/repos/other/shop');
  const [digest, broken] = [newDigest(), newDigest()];
  await stage.publish('api', digest);
  const { record } = await stage.publish('cart', broken);
  for (const command of [receiveCommand, sweepCommand]) {
    const { error } = await stage.run(command, []);
    expect(error?.problems.map((one) => one.message)).toEqual([
      expect.stringContaining('expected the accepted repository other/shop'),
      expect.stringContaining('expected a pin at "cart.image", found no such key'),
    ]);
  }
  // Judged by the sweep, in spite of the manifest, it may have merged.
  const pulls = await stage.api<{ body: string }[]>('GET', '/repos/acme/infra/pulls?state=all&per_page=100');
  expect(pulls.filter(({ body }) => body.includes(digest))).toHaveLength(1);
  expect(await stage.api('GET', `/repos/acme/app/deployments/${record}/statuses`)).toEqual([]);
});
