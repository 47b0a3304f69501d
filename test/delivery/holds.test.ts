import { afterAll, beforeAll, expect, test } from 'vitest';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { sweepCommand } from '../../src/cli/ci/sweep.ts';
import { holdCommand } from '../../src/cli/hold.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { crowd } from './crowd.ts';
import { newDigest } from './faults.ts';
import { recordDeployment } from './record-deployment.ts';
import { openStage, type Stage } from './stage.ts';

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly auto_merge: unknown;
  readonly head: { readonly ref: string };
}

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const open = (): Promise<Pull[]> => stage.api('GET', '/repos/acme/infra/pulls?per_page=100');
const judge = (): ReturnType<Stage['run']> => stage.run(policyCommand, ['--all']);
const find = async (start: string): Promise<Pull | undefined> =>
  (await open()).find((one) => one.title.startsWith(start));

/** Publishes, delivers and deploys to dev, as if the deploy had been healthy. */
async function deliver(service: string): Promise<string> {
  const digest = newDigest();
  await stage.publish(service, digest);
  await stage.run(receiveCommand, []);
  await judge();
  await stage.until(async () => (await stage.pin('dev', service)).includes(digest));
  await recordDeployment(stage, 'dev', service, digest);
  return digest;
}
test('a hold stops every way of automation, says so, and lets the newest through when it is lifted', async () => {
  const first = await deliver('api');
  // Armed before the hold, and waiting for the policy.
  const armed = newDigest();
  await stage.publish('api', armed);
  await stage.run(receiveCommand, []);
  expect((await find('Bump api'))?.auto_merge).not.toBeNull();

  const held = await stage.run(holdCommand, ['api', '--environment', 'dev', '--reason', 'the ledger moves']);
  expect(held.error).toBeUndefined();
  expect(held.out).toMatch(/#\d+ waits behind it/);
  expect((await find('Bump api'))?.auto_merge).toBeNull();
  // Judged before the hold is there, it may merge; nothing merges it.
  await judge();
  await stage.until(async () => (await find('Hold api')) === undefined);
  expect((await judge()).out).toContain('no  hold of api in dev: held by');
  expect(await stage.pin('dev')).toContain(first);

  const newer = newDigest();
  const { commit } = await stage.publish('api', newer);
  const bump = await stage.run(bumpCommand, ['--service', 'api', '--digest', newer, '--source', `acme/app@${commit}`]);
  expect(bump.out).toContain('waits: held by');
  for (const command of [receiveCommand, sweepCommand]) {
    const outcome = await stage.run(command, []);
    expect(outcome.error).toBeUndefined();
    expect(outcome.out).toContain('waits: held by');
  }
  // Behind the hold an other service goes on, in the same drain.
  const other = await deliver('web');
  expect(await stage.pin('dev', 'web')).toContain(other);
  expect(await stage.pin('dev')).toContain(first);

  await stage.run(resumeCommand, ['api', '--environment', 'dev']);
  await judge();
  await stage.until(async () => (await find('Resume api')) === undefined);
  await stage.run(sweepCommand, []);
  await judge();
  await stage.until(async () => (await stage.pin('dev')).includes(newer));
  await stage.until(async () => (await find('Bump api')) === undefined);
});

test('a schedule promotes what is due, renews its pull requests in place, closes stale ones, and obeys holds', async () => {
  const one = await deliver('api');
  await deliver('web');
  const first = await stage.run(promoteCommand, ['--auto']);
  expect(first.error).toBeUndefined();
  const promoted = await find('Promote api');
  expect(promoted?.body).toContain(`Trunkline-Digest: ${one}`);
  expect((await stage.run(promoteCommand, ['--auto'])).out).toContain(`#${promoted?.number} is open already`);

  const two = await deliver('api');
  const renewed = await stage.run(promoteCommand, ['--auto']);
  expect(renewed.error).toBeUndefined();
  expect(renewed.out).toContain(`#${promoted?.number} brings ${two.slice(7, 19)} now`);
  expect((await open()).filter((pull) => pull.title.startsWith('Promote api')).map((pull) => pull.number)).toEqual([
    promoted?.number,
  ]);
  expect((await find('Promote api'))?.body).toContain(`Trunkline-Digest: ${two}`);
  expect((await stage.run(promoteCommand, ['--auto'])).out).toContain('is open already');

  await stage.run(holdCommand, ['web', '--environment', 'staging', '--reason', 'not now']);
  await stage.run(policyCommand, ['--all']);
  await stage.until(async () => (await find('Hold web')) === undefined);
  const third = await deliver('web');
  const behind = await stage.run(promoteCommand, ['--auto']);
  expect(behind.out).toContain(`web in staging: ${third.slice(7, 19)} waits: held by`);
  expect(behind.out).toMatch(/#\d+ is stale: dev has/);
  expect(await find('Promote web')).toBeUndefined();
  expect((await stage.run(promoteCommand, ['web', '--to', 'staging'])).error?.code).toBe('HELD');
});

test('of two rollbacks of one moment the second is put on top of the first, by the doorbell that its hold rings', async () => {
  const services = ['api', 'web'];
  const good: string[] = [];
  for (const service of services) good.push(await deliver(service));
  for (const service of services) await deliver(service);
  for (const service of services)
    await stage.run(rollbackCommand, [service, '--environment', 'dev', '--reason', `${service} loses orders`]);
  await judge();
  const left = async (): Promise<Pull[]> => (await open()).filter((one) => one.title.startsWith('Roll back'));
  await stage.until(async () => (await left()).length === 1);
  const [second] = await left();

  const rung = await stage.run(receiveCommand, []);
  expect(rung.error).toBeUndefined();
  expect(rung.out).toContain(`#${second?.number} conflicts with main and is put on top of it`);
  await judge();
  await stage.until(async () => (await left()).length === 0);
  for (const [index, service] of services.entries()) expect(await stage.pin('dev', service)).toContain(good[index]);
  const { content } = await stage.api<{ content: string }>('GET', '/repos/acme/infra/contents/.trunkline/holds.yaml');
  const holds = Buffer.from(content, 'base64').toString();
  for (const service of services) expect(holds).toContain(`reason: "${service} loses orders"`);
  for (const service of services) {
    await stage.run(resumeCommand, [service, '--environment', 'dev']);
    await judge();
    await stage.until(async () => (await find('Resume')) === undefined);
  }
});

test('a rollback goes back along the way that releases took, holds, opens an owned issue, and crosses no migration', async () => {
  const a = await deliver('web');
  const b = await deliver('web');
  stage.forge.requests.reset();
  const words = ['web', '--environment', 'dev', '--reason', 'orders are lost', '--hold-for', '24h'];
  const outcome = await stage.run(rollbackCommand, words);
  expect(outcome.error).toBeUndefined();
  // Who asks is one more on a laptop; a run says its actor.
  expect(stage.forge.requests.total({ who: 'trunkline-delivery[bot]' })).toBeLessThanOrEqual(4);
  expect(stage.forge.requests.total({ who: 'trunkline-delivery[bot]', mutating: true })).toBe(2);
  const issues = (): Promise<{ title: string; body: string; pull_request?: unknown }[]> =>
    stage.api('GET', '/repos/acme/infra/issues?state=open&per_page=100');
  const title = `Rolled back: web in dev, ${b.slice(7, 19)} → ${a.slice(7, 19)}`;
  const owned = async (): Promise<string[]> =>
    (await issues()).filter((one) => one.pull_request === undefined && one.title === title).map((one) => one.body);
  expect(await owned()).toEqual([expect.stringMatching(/Due: \d{4}-/)]);
  expect((await stage.run(rollbackCommand, words)).error).toBeUndefined();
  expect(await owned()).toHaveLength(1);
  await judge();
  await stage.until(async () => (await stage.pin('dev', 'web')).includes(a));
  await recordDeployment(stage, 'dev', 'web', a);
  // What was rolled back from is no way back.
  const rehearsed = ['web', '--environment', 'dev', '--reason', 'orders are lost', '--dry-run'];
  const again = await stage.run(rollbackCommand, rehearsed);
  expect(again.out).not.toContain(`${b.slice(7, 19)} in dev`);
  // Nor is the way back lost among the deployments of others.
  crowd(stage, 'dev', 'other', a, 101);
  const later = await stage.run(rollbackCommand, rehearsed);
  expect([later.out, later.error?.message]).toEqual([again.out, again.error?.message]);

  await stage.run(resumeCommand, ['web', '--environment', 'dev']);
  await judge();
  await stage.until(async () => (await find('Resume web')) === undefined);
  const { record } = await stage.publish('web', newDigest(), 'refs/heads/main', { migration: 'incompatible' });
  expect(record).toBeGreaterThan(0);
  await stage.run(receiveCommand, []);
  await judge();
  await stage.until(async () => (await find('Bump web')) === undefined);
  const last = (await stage.pin('dev', 'web')).split('@')[1] ?? '';
  const refused = await stage.run(rollbackCommand, words);
  expect(refused.error?.code).toBe('POLICY_REFUSED');
  expect(refused.error?.message).toContain(`found ${last.slice(7, 19)} of`);
  expect(refused.error?.message).toContain('marked migration-incompatible');
});

test('everything goes back at once, behind one hold', async () => {
  const outcome = await stage.run(rollbackCommand, ['--all', '--environment', 'dev', '--reason', 'the region is down']);
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain('Hold every service in dev');
  expect(outcome.out).toMatch(/Roll back api to [0-9a-f]{12} in dev: opened/);
  expect(outcome.out).toContain('web in dev: expected no migration between');
});
