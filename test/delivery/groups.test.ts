import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { holdCommand } from '../../src/cli/hold.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { newDigest } from './faults.ts';
import { recordDeployment } from './record-deployment.ts';
import { type Outcome, openStage, type Stage } from './stage.ts';

const config = `kind: Environments
accept:
  acme/app: { services: { api: api-team, web: web-team } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
groups: { production: {} }
environments:
  dev: { track: main, merge: auto, rollback: automatic }
  eu: { from: dev, group: production, merge: auto, rollback: propose }
  us: { from: dev, group: production, merge: auto, rollback: off }
`;
const manifest = '{\n  "api": { "image": "" },\n\n  "web": { "image": "" }\n}\n';
/** As the job that a failed deploy starts. */
const run = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_ACTOR: 'alice',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_RUN_ID: '1',
};

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly merged_at: string | null;
  readonly auto_merge: unknown;
  readonly head: { readonly ref: string };
}

let stage: Stage;
let app: { readonly id: number; readonly env: Readonly<Record<string, string>> };
beforeAll(async () => {
  stage = await openStage({
    config,
    manifests: Object.fromEntries(['dev', 'eu', 'us'].map((name) => [`envs/${name}.json`, manifest])),
  });
  const { admin } = stage.forge;
  const made = await admin.createApp({
    slug: 'trunkline-rollback',
    owner: 'acme',
    permissions: { contents: 'write', pull_requests: 'write', deployments: 'read', issues: 'write' },
  });
  admin.installApp('trunkline-rollback', 'acme', 'all');
  app = {
    id: made.app.id,
    env: { ...run, TRUNKLINE_APP_ID: String(made.app.id), TRUNKLINE_APP_KEY: made.privateKey },
  };
});
afterAll(() => stage.close());

const pulls = (state: string): Promise<Pull[]> =>
  stage.api('GET', `/repos/acme/infra/pulls?state=${state}&per_page=100`);
const judge = (): Promise<Outcome> => stage.run(policyCommand, ['--all']);
async function deliver(service: string): Promise<string> {
  const digest = newDigest();
  await stage.publish(service, digest);
  await stage.run(receiveCommand, []);
  const bump = (await pulls('open')).find((one) => one.title.startsWith(`Bump ${service} `));
  await stage.run(policyCommand, ['--pull', String(bump?.number)]);
  await stage.until(async () => (await stage.pin('dev', service)).includes(digest));
  return digest;
}
test('a group takes a release in one pull request; what is held there waits, and goes on its own', async () => {
  const first = await deliver('api');
  expect((await stage.run(promoteCommand, ['api', '--to', 'production'])).error).toBeUndefined();
  const [whole] = await pulls('open');
  expect(whole?.head.ref).toBe(`trunkline/promote/production/api-${first.slice(7, 19)}`);
  expect(whole?.body).toContain(`→ ${first.slice(7, 19)} in production (eu, us)`);
  const judged = await judge();
  expect(judged.out).toContain(`#${whole?.number}: may merge`);
  for (const gate of ['order of api in eu', 'order of api in us']) expect(judged.out).toContain(`ok  ${gate}`);
  for (const name of ['eu', 'us']) await stage.until(async () => (await stage.pin(name)).includes(first));

  await deliver('api');
  await stage.run(promoteCommand, ['--auto']);
  const [armed] = await pulls('open');
  expect(armed?.auto_merge).not.toBeNull();
  const third = await deliver('api');
  // Renewed in place, for both.
  await stage.run(promoteCommand, ['--auto']);
  const renewed = (await pulls('open')).filter((one) => one.title.startsWith('Promote'));
  expect(renewed.map((one) => [one.number, one.title])).toEqual([
    [armed?.number, `Promote api to ${third.slice(7, 19)} in production`],
  ]);

  await stage.run(holdCommand, ['api', '--environment', 'us', '--reason', 'the ledger is moved']);
  expect((await pulls('open')).find((one) => one.number === armed?.number)?.auto_merge).toBeNull();
  await judge();
  await stage.until(async () => (await pulls('open')).every((one) => !one.title.startsWith('Hold')));
  const waits = await judge();
  expect(waits.out).toContain(`#${armed?.number}: may not merge`);
  expect(waits.out).toMatch(/no {2}hold of api in us: held by .*the ledger is moved/);
  const alone = await stage.run(promoteCommand, ['--auto']);
  expect(alone.out).toContain('api in us: ');
  expect(alone.out).toContain('the ledger is moved');
  await judge();
  await stage.until(async () => (await stage.pin('eu')).includes(third));
  expect(await stage.pin('us')).toContain(first);

  await stage.run(resumeCommand, ['api', '--environment', 'us']);
  await judge();
  await stage.until(async () => (await pulls('open')).every((one) => !one.title.startsWith('Resume')));
  for (let round = 0; round < 2; round++) {
    await stage.run(promoteCommand, ['--auto']);
    await judge();
  }
  await stage.until(async () => (await stage.pin('us')).includes(third));
  await stage.run(promoteCommand, ['--auto']);
  expect((await pulls('open')).map((one) => one.title)).toEqual([]);
});

test('after a failed deploy each environment rolls back as it is configured', async () => {
  const words = (environment: string): readonly string[] => [
    'web',
    '--environment',
    environment,
    '--reason',
    'its health check failed',
    '--as-configured',
  ];
  const good = await deliver('web');
  await recordDeployment(stage, 'dev', 'web', good, 'success');
  const bad = await deliver('web');
  await recordDeployment(stage, 'dev', 'web', bad, 'failure');
  expect((await stage.run(rollbackCommand, words('us'), app.env)).out).toContain('rollback is off there');

  // An App that may not go around the rules waits for them like anybody.
  stage.forge.requests.reset();
  const waiting = await stage.run(rollbackCommand, words('dev'), run);
  expect(waiting.error).toBeUndefined();
  const [pull] = await pulls('open');
  expect(pull).toMatchObject({ merged_at: null, auto_merge: {}, body: expect.stringContaining('Trunkline-Exception') });
  const [ruleset] = await stage.api<{ id: number }[]>('GET', '/repos/acme/infra/rulesets');
  await stage.api('PUT', `/repos/acme/infra/rulesets/${ruleset?.id}`, {
    bypass_actors: [{ actor_id: app.id, actor_type: 'Integration', bypass_mode: 'pull_request' }],
  });
  await stage.api('PATCH', `/repos/acme/infra/pulls/${pull?.number}`, { state: 'closed' });
  await stage.api('DELETE', `/repos/acme/infra/git/refs/heads/${pull?.head.ref}`);

  stage.forge.requests.reset();
  const outcome = await stage.run(rollbackCommand, words('dev'), app.env);
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain('is merged, as an exception');
  expect(stage.forge.requests.total({ who: 'trunkline-rollback[bot]' })).toBeLessThanOrEqual(3);
  expect(await stage.pin('dev', 'web')).toContain(good);
  const [done] = await pulls('closed');
  expect(done?.merged_at).not.toBeNull();
  expect(done?.body).toContain('Trunkline-Exception: automatic rollback');
  // Held, and not rolled back once more by the same job, run again.
  const held = await stage.api<{ content: string }>('GET', '/repos/acme/infra/contents/.trunkline/holds.yaml');
  expect(Buffer.from(held.content, 'base64').toString()).toContain('its health check failed');
  const again = await stage.run(rollbackCommand, words('dev'), app.env);
  expect(again.out).toContain(`${bad.slice(7, 19)}, deployed last, is not pinned any more`);
  expect(await pulls('open')).toEqual([]);
});
