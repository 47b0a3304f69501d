import { afterAll, beforeAll, expect, test } from 'vitest';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { sweepCommand } from '../../src/cli/ci/sweep.ts';
import { holdCommand } from '../../src/cli/hold.ts';
import { resumeCommand } from '../../src/cli/resume.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { newDigest } from './faults.ts';
import { openStage, type Stage } from './stage.ts';

const services = Array.from({ length: 12 }, (_, index) => `s${index + 1}`);
const config = `kind: Environments
accept:
  acme/app: { services: { ${services.map((name) => `${name}: api-team`).join(', ')} } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
environments:
  dev: { track: main, merge: auto, batch: when-busy }
`;
const run = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_ACTOR: 'github-actions[bot]',
  GITHUB_EVENT_NAME: 'schedule',
  GITHUB_RUN_ID: '1',
};
const who = 'trunkline-delivery[bot]';

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly auto_merge: { readonly merge_method: string } | null;
  readonly head: { readonly ref: string; readonly sha: string };
}

let stage: Stage;
beforeAll(async () => {
  const manifest = `{\n${services.map((name) => `  "${name}": { "image": "" }`).join(',\n')}\n}\n`;
  stage = await openStage({ config, manifests: { 'envs/dev.json': manifest } });
});
afterAll(() => stage.close());

const open = (): Promise<Pull[]> => stage.api('GET', '/repos/acme/infra/pulls?per_page=100');
const batches = async (): Promise<Pull[]> =>
  (await open()).filter((one) => one.head.ref.startsWith('trunkline/batch/dev/'));
const judge = (): ReturnType<Stage['run']> => stage.run(policyCommand, ['--all']);
const receive = (): ReturnType<Stage['run']> => stage.run(receiveCommand, [], run);
const bump = (service: string, digest: string): ReturnType<Stage['run']> =>
  stage.run(bumpCommand, ['--service', service, '--digest', digest, '--image', `ghcr.io/acme/${service}`], run);
const pins = async (service: string, digest: string): Promise<boolean> =>
  (await stage.pin('dev', service)).includes(digest);
async function publishAll(names: readonly string[]): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for (const name of names) {
    const digest = newDigest();
    await stage.publish(name, digest);
    digests.set(name, digest);
  }
  return digests;
}
/** Judges and sweeps until nothing is open: services that stand side by side in one file conflict. */
async function land(left = 0): Promise<void> {
  for (let round = 0; round < 10; round++) {
    await judge();
    await stage.forge.settled();
    if ((await open()).length <= left) return;
    await stage.run(sweepCommand, [], run);
  }
  throw new Error(`still open: ${(await open()).map((one) => one.title).join(', ')}`);
}
const arrived = (digests: ReadonlyMap<string, string>) => async (): Promise<boolean> => {
  for (const [service, digest] of digests) if (!(await pins(service, digest))) return false;
  return true;
};

test('few releases go one by one, many together: one commit for each service, rebased, in one pull request', async () => {
  const few = await publishAll(['s1', 's2']);
  await receive();
  expect(await batches()).toEqual([]);
  expect(await open()).toHaveLength(2);
  await land();
  expect(await arrived(few)()).toBe(true);

  const many = await publishAll(services.slice(0, 6));
  stage.forge.requests.reset();
  const outcome = await receive();
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain('dev is busy: s');
  // One read, six commits, one that arms, one that acknowledges.
  expect(stage.forge.requests.total({ who })).toBe(9);
  const [batch, ...others] = await open();
  expect(others).toEqual([]);
  expect(batch?.title).toBe('Bump 6 services in dev');
  expect(batch?.auto_merge?.merge_method).toBe('rebase');
  expect(batch?.body.match(/^Trunkline-Bump: s\d sha256:[0-9a-f]{64} acme\/app@[0-9a-f]{40}$/gm)).toHaveLength(6);
  const statuses = await stage
    .api<{ state: string; log_url: string }[][]>('GET', '/repos/acme/app/deployments')
    .then(async (records) => {
      const [newest] = records as unknown as { id: number }[];
      return [
        await stage.api<{ state: string; log_url: string }[]>(
          'GET',
          `/repos/acme/app/deployments/${newest?.id}/statuses`,
        ),
      ];
    });
  expect(statuses[0]?.[0]).toMatchObject({ state: 'success' });
  expect(statuses[0]?.[0]?.log_url).toContain(`/pull/${batch?.number}`);
  await judge();
  await stage.until(arrived(many));
  const commits = await stage.api<{ commit: { message: string } }[]>('GET', '/repos/acme/infra/commits?per_page=6');
  for (const [service, digest] of many) {
    const own = commits.filter((one) =>
      one.commit.message.startsWith(`Bump ${service} to ${digest.slice(7, 19)} in dev`),
    );
    expect(own).toHaveLength(1);
    expect(own[0]?.commit.message).toContain(`Trunkline-Digest: ${digest}`);
  }
});

test('a batch takes one more in two requests, of which one is a write, and none once its checks start', async () => {
  const digests = await publishAll(services.slice(0, 5));
  await receive();
  const [batch] = await batches();
  const more = newDigest();
  await stage.publish('s6', more);
  stage.forge.requests.reset();
  const outcome = await bump('s6', more);
  expect(outcome.error).toBeUndefined();
  expect(stage.forge.requests.total({ who })).toBe(2);
  expect(stage.forge.requests.total({ who, mutating: true })).toBe(1);
  expect((await open()).map((one) => [one.number, one.title])).toEqual([[batch?.number, 'Bump 6 services in dev']]);
  const again = await bump('s6', more);
  expect(again.out).toContain(`#${batch?.number} brings it already`);
  expect(await open()).toHaveLength(1);

  const [grown] = await batches();
  await stage.api('POST', `/repos/acme/infra/statuses/${grown?.head.sha}`, { state: 'pending', context: 'ci / test' });
  const late = newDigest();
  await stage.publish('s7', late);
  await bump('s7', late);
  const two = await batches();
  expect(two.map((one) => one.title).sort()).toEqual(['Bump 1 service in dev', 'Bump 6 services in dev']);
  await stage.api('POST', `/repos/acme/infra/statuses/${grown?.head.sha}`, { state: 'success', context: 'ci / test' });
  // The second was made beside the first, in the same file: it is put on what came of it.
  await land();
  expect(await arrived(new Map([...digests, ['s6', more], ['s7', late]]))()).toBe(true);
});

test('a red batch falls apart into single ones, which link it and are linked by it', async () => {
  const digests = await publishAll(services.slice(0, 5));
  await receive();
  const [batch] = await batches();
  await stage.api('POST', `/repos/acme/infra/statuses/${batch?.head.sha}`, { state: 'failure', context: 'ci / test' });
  const outcome = await stage.run(sweepCommand, [], run);
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain(`#${batch?.number} falls apart: its checks failed`);
  const singles = await open();
  expect(singles.map((one) => one.head.ref).sort()).toEqual(
    [...digests].map(([service, digest]) => `trunkline/bump/dev/${service}-${digest.slice(7, 19)}`).sort(),
  );
  expect(singles.every((one) => one.auto_merge?.merge_method === 'squash')).toBe(true);
  const comments = await stage.api<{ body: string }[]>('GET', `/repos/acme/infra/issues/${batch?.number}/comments`);
  for (const { number } of singles) expect(comments.at(-1)?.body).toContain(`#${number}`);
  expect((await stage.run(sweepCommand, [], run)).out).not.toContain('falls apart');
  await land();
  expect(await arrived(digests)()).toBe(true);
});

test('a newer release of a service in a batch goes ahead of it, and the batch does not bring the older one back', async () => {
  const digests = await publishAll(services.slice(0, 5));
  await receive();
  const [batch] = await batches();
  await stage.api('POST', `/repos/acme/infra/statuses/${batch?.head.sha}`, { state: 'pending', context: 'ci / test' });
  const newer = newDigest();
  await stage.publish('s1', newer);
  await receive();
  const other = (await open()).find((one) => one.number !== batch?.number);
  await stage.run(policyCommand, ['--pull', String(other?.number)]);
  await stage.until(() => pins('s1', newer));
  await stage.api('POST', `/repos/acme/infra/statuses/${batch?.head.sha}`, { state: 'success', context: 'ci / test' });
  // GitHub works out for itself, and in its time, whether a pull request conflicts.
  await stage.until(async () =>
    (await stage.run(sweepCommand, [], run)).out.includes(`#${batch?.number} falls apart: it conflicts with main`),
  );
  await land();
  expect(await arrived(new Map([...digests, ['s1', newer]]))()).toBe(true);
});

test('a hold stops a batch that was armed before it; the others go on, what is held waits in the open and goes when it is lifted', async () => {
  const digests = await publishAll(services.slice(0, 5));
  await receive();
  const [batch] = await batches();
  const held = await stage.run(holdCommand, ['s2', '--environment', 'dev', '--reason', 'the ledger moves']);
  expect(held.out).toContain(`#${batch?.number} waits behind it`);
  expect((await batches())[0]?.auto_merge).toBeNull();
  // Nothing arms it again while the hold is on its way.
  await receive();
  await stage.run(sweepCommand, [], run);
  expect((await batches())[0]?.auto_merge ?? null).toBeNull();
  await judge();
  await stage.until(async () => !(await open()).some((one) => one.title.startsWith('Hold ')));
  const outcome = await stage.run(sweepCommand, [], run);
  expect(outcome.out).toContain(`#${batch?.number} falls apart: s2 is held by`);
  await land(1);
  const [waiting, ...others] = await open();
  expect(others).toEqual([]);
  expect(waiting?.title).toContain('Bump s2');
  expect(waiting?.body).toContain('Waits behind a hold');
  expect(waiting?.auto_merge).toBeNull();
  const rest = new Map([...digests].filter(([service]) => service !== 's2'));
  expect(await arrived(rest)()).toBe(true);
  expect(await pins('s2', digests.get('s2') ?? '')).toBe(false);

  await stage.run(resumeCommand, ['s2', '--environment', 'dev']);
  await judge();
  await stage.until(async () => !(await open()).some((one) => one.title.startsWith('Resume ')));
  await stage.run(sweepCommand, [], run);
  await judge();
  await stage.until(arrived(digests));
  await stage.until(async () => (await open()).length === 0);
});

test('where signatures are required nothing is batched, and that is said', async () => {
  const { id } = await stage.api<{ id: number }>('POST', '/repos/acme/infra/rulesets', {
    name: 'signed',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [{ type: 'required_signatures' }],
  });
  await publishAll(services.slice(0, 5));
  const outcome = await stage.run(receiveCommand, ['--dry-run'], run);
  expect(outcome.out).toContain('dev is busy, and nothing is batched: signed commits are required');
  expect(outcome.out).not.toContain('open a batch');
  await stage.api('DELETE', `/repos/acme/infra/rulesets/${id}`);
  const batched = await stage.run(receiveCommand, ['--dry-run'], run);
  expect(batched.out).toContain('open a batch from trunkline/batch/dev/');
});

test('a rollback stops a batch that would bring its service forward', async () => {
  await receive();
  const [batch] = await batches();
  expect(batch?.auto_merge).not.toBeNull();
  const main = await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
  const [good, now] = [newDigest(), (await stage.pin('dev', 's1')).split('@')[1] ?? ''];
  for (const digest of [good, now]) {
    const { id } = await stage.api<{ id: number }>('POST', '/repos/acme/infra/deployments', {
      ref: main.commit.sha,
      environment: 'dev',
      task: 'deploy:s1',
      auto_merge: false,
      required_contexts: [],
      payload: { service: 's1', digest },
    });
    await stage.api('POST', `/repos/acme/infra/deployments/${id}/statuses`, { state: 'success' });
  }
  const outcome = await stage.run(rollbackCommand, ['s1', '--environment', 'dev', '--reason', 'orders are lost']);
  expect(outcome.error).toBeUndefined();
  expect(outcome.out).toContain(`#${batch?.number} waits behind it`);
  expect((await batches())[0]?.auto_merge).toBeNull();
});
