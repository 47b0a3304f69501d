import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Clock } from '../../src/ports.ts';
import { startCommand } from '../testing/lab-process.ts';
import { newDigest } from './faults.ts';
import { openStage, type Stage } from './stage.ts';

const config = (services: readonly string[], batch: string): string => `kind: Environments
accept:
  acme/app: { services: { ${services.map((name) => `${name}: api-team`).join(', ')} } }
manifests: { json: "envs/{environment}/{service}.json", path: image }
environments:
  dev: { track: main, merge: auto, batch: ${batch} }
`;
const run = (id: number): Record<string, string> => ({
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/infra',
  GITHUB_ACTOR: 'github-actions[bot]',
  GITHUB_EVENT_NAME: 'schedule',
  GITHUB_RUN_ID: String(id),
});
const who = 'trunkline-delivery[bot]';

/** The forge's, and that of every process: an hour is a minute. */
const speed = 60;
const start = Date.now();
const clock: Clock = {
  now: () => start + (Date.now() - start) * speed,
  sleep: (ms) => new Promise((done) => setTimeout(done, ms / speed)),
};

let stage: Stage;
let server: Server;
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await stage.close();
});

/** When infra was written to, by that clock. */
async function open(services: readonly string[], batch: string): Promise<{ url: string; writes: number[] }> {
  const manifests = Object.fromEntries(services.map((service) => [`envs/dev/${service}.json`, '{"image":""}']));
  stage = await openStage({ config: config(services, batch), manifests, clock });
  const writes: number[] = [];
  let before = 0;
  server = createServer((request, response) => {
    response.once('finish', () => {
      const now = stage.forge.requests.total({ who, mutating: true });
      for (; before < now; before++) writes.push(clock.now());
    });
    stage.forge.listener(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, writes };
}

function busiest(writes: readonly number[], window: number): number {
  return Math.max(0, ...writes.map((from) => writes.filter((at) => at >= from && at < from + window).length));
}

/**
 * Five releases of each service, two hundred of forty, recorded in an order that is not that of their commits; four processes at once,
 * rung twice where they are rung and not at all where the bell is lost, while somebody merges by hand.
 */
test.each([
  [40, 'off'],
  [15, 'when-busy'],
] as const)(
  '%i services, batch: %s: the newest release of each arrives, nothing is left open',
  async (count, batch) => {
    const services = Array.from({ length: count }, (_, index) => `s${index + 1}`);
    const { url, writes } = await open(services, batch);
    const newest = new Map<string, string>();
    const rounds: { commit: string; releases: { service: string; digest: string }[] }[] = [];
    for (let round = 0; round < 5; round++) {
      const { commit } = await stage.api<{ commit: { sha: string } }>(
        'PUT',
        `/repos/acme/app/contents/round-${round}`,
        {
          message: `round ${round}`,
          content: '',
        },
      );
      const releases = services.map((service) => ({ service, digest: newDigest() }));
      for (const { service, digest } of releases) newest.set(service, digest);
      rounds.push({ commit: commit.sha, releases });
    }
    stage.forge.requests.reset();
    const play = async (words: readonly string[], id: number): Promise<void> => {
      const one = startCommand(['ci', ...words, '--repository', 'acme/infra'], {
        cwd: stage.folder,
        node: ['--import', resolve(import.meta.dirname, 'fast-clock.mjs')],
        env: {
          ...stage.credentials,
          ...run(id),
          HOME: stage.folder,
          GITHUB_API_URL: url,
          FAST_CLOCK: String(speed),
          FAST_CLOCK_START: String(start),
        },
      });
      const code = await one.ended;
      expect(code, one.text()).toBe(0);
    };
    let merging = true;
    const person = async (): Promise<void> => {
      while (merging) {
        const pulls = await stage.api<{ number: number; head: { ref: string } }[]>('GET', '/repos/acme/infra/pulls');
        const pull = pulls[Math.floor(pulls.length / 2)];
        if (pull !== undefined)
          await stage.forge.call(stage.forge.tokens.bob, 'PUT', `/repos/acme/infra/pulls/${pull.number}/merge`, {
            merge_method: pull.head.ref.includes('/batch/') ? 'rebase' : 'squash',
          });
        await new Promise((done) => setTimeout(done, 300));
      }
    };
    const hand = person();
    let doorbells = 0;
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
      await Promise.all([1, 2, 3, 4].map((id) => play(['receive'], doorbells + id)));
      await play(['policy', '--all'], 1000 + index);
    }
    merging = false;
    await hand;
    const delivered = writes.length;
    for (let sweep = 0; sweep < 8; sweep++) {
      await play(['sweep'], 2000 + sweep);
      await play(['policy', '--all'], 3000 + sweep);
      await new Promise((done) => setTimeout(done, 1500));
      if ((await stage.api<unknown[]>('GET', '/repos/acme/infra/pulls?per_page=100')).length === 0) break;
    }
    const left = await stage.api<{ title: string }[]>('GET', '/repos/acme/infra/pulls?per_page=100');
    expect(left.map((pull) => pull.title)).toEqual([]);
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
    const [minute, hour] = [busiest(writes, 60_000), busiest(writes, 3_600_000)];
    process.stdout.write(
      `burst, batch: ${batch}: ${delivered} writes by the processes for ${newest.size * rounds.length} releases; ${minute} in the busiest minute, ${hour} in the busiest hour\n`,
    );
    expect(minute).toBeLessThanOrEqual(80);
    expect(hour).toBeLessThanOrEqual(500);
  },
);
