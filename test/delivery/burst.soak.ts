import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { sweepCommand } from '../../src/cli/ci/sweep.ts';
import { newDigest } from './faults.ts';
import { openStage, type Stage } from './stage.ts';

const services = Array.from({ length: 40 }, (_, index) => `s${index + 1}`);
const config = `kind: Environments
accept:
  acme/app: { services: { ${services.map((name) => `${name}: api-team`).join(', ')} } }
manifests: { json: "envs/{environment}/{service}.json", path: image }
environments:
  dev: { track: main, merge: auto }
`;
const run = (id: number): Record<string, string> => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_ACTOR: 'github-actions[bot]',
  GITHUB_EVENT_NAME: 'schedule',
  GITHUB_RUN_ID: String(id),
});

let stage: Stage;
beforeAll(async () => {
  const manifests = Object.fromEntries(services.map((service) => [`envs/dev/${service}.json`, '{"image":""}']));
  stage = await openStage({ config, manifests });
});
afterAll(() => stage.close());

/**
 * Two hundred releases of forty services, recorded in an order that is not that of their commits; four receivers at once,
 * rung twice where they are rung and not at all where the bell is lost, while somebody merges by hand.
 */
test('the newest release of each service arrives, nothing is left open, within GitHub’s limits', async () => {
  const newest = new Map<string, string>();
  const rounds: { commit: string; releases: { service: string; digest: string }[] }[] = [];
  for (let round = 0; round < 5; round++) {
    const { commit } = await stage
      .api<{ commit: { sha: string } }>('PUT', `/repos/acme/app/contents/round-${round}`, {
        message: `round ${round}`,
        content: '',
      })
      .then(({ commit: made }) => ({ commit: made.sha }));
    const releases = services.map((service) => ({ service, digest: newDigest() }));
    for (const { service, digest } of releases) newest.set(service, digest);
    rounds.push({ commit, releases });
  }
  stage.forge.requests.reset();
  let doorbells = 0;
  const drain = async (id: number): Promise<void> => {
    const outcome = await stage.run(receiveCommand, [], run(id));
    // Two that open the same branch at once: the second finds it and says so.
    if (outcome.error !== undefined) expect(outcome.error.code).toMatch(/CONFLICT|GITHUB_REFUSED/);
  };
  // Builds end out of order: the fourth round is recorded last.
  for (const index of [0, 2, 1, 4, 3]) {
    const { commit = '', releases = [] } = rounds[index] ?? {};
    for (const { service, digest } of index % 2 === 0 ? releases : releases.toReversed())
      await stage.api('POST', '/repos/acme/app/deployments', {
        ref: commit,
        environment: 'published',
        task: 'publish',
        auto_merge: false,
        required_contexts: [],
        payload: { schema: 1, service, digest, image: `ghcr.io/acme/${service}`, ref: 'refs/heads/main' },
      });
    // The bell of the second round is lost.
    if (index === 2) continue;
    doorbells += 10;
    await Promise.all([1, 2, 3, 4].map((id) => drain(doorbells + id)));
    await stage.run(policyCommand, ['--all'], run(1000 + index));
    // Somebody presses merge on what may merge.
    const [pull] = await stage.api<{ number: number }[]>('GET', '/repos/acme/infra/pulls?per_page=1');
    if (pull !== undefined)
      await stage.forge.call(stage.forge.tokens.bob, 'PUT', `/repos/acme/infra/pulls/${pull.number}/merge`, {
        merge_method: 'squash',
      });
  }
  for (let sweep = 0; sweep < 6; sweep++) {
    await stage.run(sweepCommand, [], run(2000 + sweep));
    await stage.run(policyCommand, ['--all'], run(3000 + sweep));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    if ((await stage.api<unknown[]>('GET', '/repos/acme/infra/pulls?per_page=100')).length === 0) break;
  }
  const open = await stage.api<{ title: string }[]>('GET', '/repos/acme/infra/pulls?per_page=100');
  expect(open.map((pull) => pull.title)).toEqual([]);
  const pins = new Map<string, string>();
  for (const service of services) {
    const { content } = await stage.api<{ content: string }>(
      'GET',
      `/repos/acme/infra/contents/envs/dev/${service}.json`,
    );
    const { image } = JSON.parse(Buffer.from(content, 'base64').toString()) as { image: string };
    pins.set(service, image.split('@')[1] ?? '');
  }
  expect(pins).toEqual(newest);
  const writes = stage.forge.requests
    .list()
    .filter((one) => one.who === 'trunkline-delivery[bot]' && one.mutating)
    .reduce((sum, one) => sum + one.count, 0);
  process.stdout.write(`burst: ${writes} writes for ${rounds.length * services.length} releases\n`);
  expect(writes).toBeLessThanOrEqual(500);
});
