import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bumpCommand } from '../../src/cli/ci/bump.ts';
import { healthCommand } from '../../src/cli/ci/health.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { rollbackCommand } from '../../src/cli/rollback.ts';
import { config, digests, type Outcome, openStage, type Stage } from './stage.ts';

const [one, two] = digests;
let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    policy: false,
    config: `${config}repository: acme/infra\ndeploy: { argocd: "{service}-{environment}", reporter: carol }\n`,
  });
});
afterAll(() => stage.close());

const health = (...words: string[]): Promise<Outcome> =>
  stage.run(healthCommand, ['--environment', 'dev', '--service', 'api', ...words]);
const tip = async (): Promise<string> =>
  (await stage.api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main')).commit.sha;
/** As Argo CD's notifications do. */
const told = (sha: string, state: string, context = 'argocd/api-dev', token?: string): Promise<unknown> =>
  stage.api('POST', `/repos/acme/infra/statuses/${sha}`, { state, context, description: state }, token);
async function deliver(digest: string): Promise<void> {
  const { commit } = await stage.publish('api', digest);
  const words = [
    '--service',
    'api',
    '--digest',
    digest,
    '--source',
    `acme/app@${commit}`,
    '--image',
    'ghcr.io/acme/api',
  ];
  const outcome = await stage.run(bumpCommand, words);
  if (outcome.error !== undefined) throw outcome.error;
  await stage.forge.settled();
  expect(await stage.pin('dev')).toContain(digest);
}
async function reports(): Promise<string[]> {
  const [latest] = await stage.api<{ id: number }[]>('GET', '/repos/acme/infra/deployments?environment=dev');
  if (latest === undefined) return [];
  const all = await stage.api<{ state: string }[]>('GET', `/repos/acme/infra/deployments/${latest.id}/statuses`);
  return all.map(({ state }) => state);
}
async function statuses(): Promise<Record<string, string>> {
  const [pull] = await stage.api<{ head: { sha: string; ref: string } }[]>('GET', '/repos/acme/infra/pulls?state=open');
  const { statuses: all } = await stage.api<{ statuses: { context: string; state: string }[] }>(
    'GET',
    `/repos/acme/infra/commits/${pull?.head.sha}/status`,
  );
  return Object.fromEntries(all.map(({ context, state }) => [context, state]));
}

test('what the agent told is recorded once, and a promotion waits for it and for the soak', async () => {
  await deliver(one);
  expect((await health()).out).toContain('nothing tells how');
  expect((await stage.run(promoteCommand, ['api', '--to', 'staging'])).error).toBeUndefined();
  await health();
  expect(await statuses()).toEqual({ 'dev-synced': 'pending', 'dev-healthy-24h': 'pending' });

  const arrived = await tip();
  // Somebody who may write statuses, and is not the agent.
  await told(arrived, 'success', 'argocd/api-dev', stage.forge.tokens.alice);
  expect((await health()).out).toContain('nothing tells how');
  await told(arrived, 'pending');
  await told(arrived, 'success', 'argocd/web-dev');
  await health();
  expect(await reports()).toEqual(['in_progress']);
  await told(arrived, 'success');
  // What serves for the first time is handed on, once, to whoever signs that it came here.
  const first = await health('--json');
  expect(first.code).toBe(0);
  expect(JSON.parse(first.out).arrived).toEqual([`ghcr.io/acme/api@${one}`]);
  expect(await reports()).toEqual(['success', 'in_progress']);
  expect(JSON.parse((await health('--json')).out).arrived).toEqual([]);
  expect(await statuses()).toEqual({ 'dev-synced': 'success', 'dev-healthy-24h': 'pending' });
  expect((await health()).out).not.toMatch(/dev-synced|in dev: success/);

  await health('--soak', '1s', '--prefix', 'argo-cd-');
  expect(Object.keys(await statuses())).toContain('argo-cd-dev-healthy-1s');
});

test('a degraded release is named, its statuses fall, and the pull request that puts the one before back is opened', async () => {
  await deliver(two);
  const late = await health();
  expect(late.out).toContain('has not arrived');
  expect(late.code).toBe(0);
  await told(await tip(), 'failure');
  const output = join(stage.folder, 'output');
  writeFileSync(output, '');
  const found = await stage.run(healthCommand, ['--environment', 'dev', '--service', 'api'], { GITHUB_OUTPUT: output });
  expect(found.code).toBe(1);
  expect(await reports()).toEqual(['failure']);
  const roll = () =>
    stage.run(rollbackCommand, ['api', '--environment', 'dev', '--reason', 'degraded', '--as-configured']);
  // Killed before somebody read the output: the same again.
  expect((await health()).code).toBe(1);
  expect(await reports()).toEqual(['failure']);
  expect((await roll()).error).toBeUndefined();
  expect((await roll()).error).toBeUndefined();
  await stage.forge.settled();
  expect((await health()).out).toContain('has not arrived');
  const pulls = await stage.api<{ title: string }[]>('GET', '/repos/acme/infra/pulls?state=all');
  expect(pulls.filter(({ title }) => /roll/i.test(title))).toHaveLength(1);
});

test('resources of an agent are read, and a revision that was never merged tells nothing', async () => {
  const resource = (revision: string, status: string, namespace = 'argocd') => ({
    kind: 'Application',
    metadata: { name: 'api-dev', namespace },
    status: {
      sync: { status: 'Synced', revision },
      health: { status, lastTransitionTime: new Date().toISOString() },
    },
  });
  const file = (revision: string, status: string): string => {
    writeFileSync(join(stage.folder, 'apps.json'), JSON.stringify(resource(revision, status)));
    return 'apps.json';
  };
  expect((await health('--from', file('f'.repeat(40), 'Healthy'))).out).toContain('nothing tells how');
  expect((await health('--from', file(await tip(), 'Healthy'), '--dry-run')).out).toContain('success');
  expect((await health('--from', file(await tip(), 'Healthy'))).out).toContain('success');
  // Somebody synced a commit that was never merged, or took it away: what was healthy is so no longer.
  await health('--from', file('f'.repeat(40), 'Healthy'));
  expect(await reports()).toEqual(['error', 'success']);
  await health('--from', file('f'.repeat(40), 'Healthy'));
  await health('--from', file(await tip(), 'Healthy'));
  expect(await reports()).toEqual(['success', 'error', 'success']);
  // The agent cannot reach its cluster: that is no reason to put anything back.
  const unknown = await health('--from', file(await tip(), 'Unknown'), '--json');
  expect(JSON.parse(unknown.out)).toMatchObject({ failed: [], records: [{ reports: [{ state: 'ERROR' }] }] });
  expect((await reports())[0]).toBe('error');
  const newest = await tip();
  const twice = { items: ['a', 'b'].map((namespace) => resource(newest, 'Healthy', namespace)) };
  writeFileSync(join(stage.folder, 'apps.json'), JSON.stringify(twice));
  expect((await health('--from', 'apps.json')).error?.message).toContain('found one in each of a, b');
  writeFileSync(join(stage.folder, 'apps.json'), 'connection refused');
  expect((await health('--from', 'apps.json')).error?.code).toBe('REPORT_INVALID');
});
