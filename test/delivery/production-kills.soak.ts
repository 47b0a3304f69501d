import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pullRequestRule } from '../../src/forge/testing/acme.ts';
import { git } from '../../src/git/git.ts';
import { type CommandProcess, startCommand } from '../testing/lab-process.ts';
import { newDigest } from './faults.ts';
import { openStage, type Stage } from './stage.ts';

/** The processes of a deploy workflow in production, killed for good anywhere between the smoke check and the last word. */
describe.each(['automatic', 'propose'] as const)('%s', (rollback) => {
  let stage: Stage;
  let server: Server;
  let url: string;
  let healthy = '';
  let requests = 0;
  let killAt = Number.POSITIVE_INFINITY;
  let told = 0;
  let actor: CommandProcess | undefined;

  /** What was deployed last, as whoever asks it finds it. */
  const serving = (): string => {
    const file = join(stage.folder, 'serving');
    return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  };

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/health') response.end(JSON.stringify({ digest: serving() }));
      else if (request.url === '/hello') response.writeHead(serving() === healthy ? 200 : 500).end();
      else if (request.url === '/hook') {
        told += 1;
        response.end('ok');
      } else {
        requests += 1;
        if (requests === killAt) {
          // GitHub has done it, and nobody hears of it: for the next life that is the same as before the next request.
          const { writeHead } = response;
          response.writeHead = ((...words: Parameters<typeof writeHead>) => {
            actor?.child.kill('SIGKILL');
            return writeHead.apply(response, words);
          }) as typeof writeHead;
        }
        stage.forge.listener(request, response);
      }
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    stage = await openStage({
      policy: false,
      config: `kind: Environments
accept:
  acme/app: { services: { api: api-team } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
deploy: { command: 'echo "$TRUNKLINE_DIGEST" > serving', health: "${url}/health", timeout: 2s }
notify: { webhook: { when: [rollback] } }
environments:
  prod: { track: main, approve: { owner: 1 }, rollback: ${rollback} }
`,
    });
    const { folder, api, credentials } = stage;
    writeFileSync(
      join(folder, 'smoke.yaml'),
      `checks: [{ url: "${url}/hello", expect: { status: 200 }, retries: 0 }]\n`,
    );
    await git(['init', '-q', '-b', 'main'], { cwd: folder });
    // Nobody but the owner gets to production without somebody else's approval; the rollback App does by pull request.
    const app = {
      actor_id: Number(credentials['TRUNKLINE_APP_ID']),
      actor_type: 'Integration',
      bypass_mode: 'pull_request',
    };
    await api('POST', '/repos/acme/infra/rulesets', {
      name: 'main',
      target: 'branch',
      enforcement: 'active',
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      bypass_actors: [
        { actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' },
        ...(rollback === 'automatic' ? [app] : []),
      ],
      rules: [pullRequestRule({ dismiss_stale_reviews_on_push: true })],
    });
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await stage.close();
  });

  async function checkOut(commit: string): Promise<void> {
    const from = (await stage.server()).replace('//', `//x:${stage.forge.tokens.carol}@`);
    for (const args of [
      ['fetch', '-q', `${from}/acme/infra.git`, commit],
      ['checkout', '-q', '--force', '--detach', commit],
    ])
      await git(args, { cwd: stage.folder });
  }

  async function pin(digest: string): Promise<string> {
    const path = '/repos/acme/infra/contents/envs/prod.json';
    const { sha } = await stage.api<{ sha: string }>('GET', path);
    const content = Buffer.from(JSON.stringify({ api: { image: `ghcr.io/acme/api@${digest}` } })).toString('base64');
    const { commit } = await stage.api<{ commit: { sha: string } }>('PUT', path, { message: 'pin', content, sha });
    await checkOut(commit.sha);
    return commit.sha;
  }

  /** As a job does; false when it was killed. */
  async function command(words: readonly string[], commit: string): Promise<boolean> {
    actor = startCommand([...words], {
      cwd: stage.folder,
      env: {
        HOME: stage.folder,
        GITHUB_API_URL: url,
        GITHUB_OUTPUT: join(stage.folder, 'outputs'),
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: 'acme/infra',
        GITHUB_SHA: commit,
        GITHUB_TOKEN: stage.forge.tokens.carol,
        NOTIFY_WEBHOOK_URL: `${url}/hook`,
        ...stage.credentials,
      },
    });
    return (await actor.ended) !== 'SIGKILL';
  }

  /** The jobs of the workflow, one after the other; the second begins where the first says that something failed. */
  async function run(commit: string): Promise<boolean> {
    const [outputs, place] = [join(stage.folder, 'outputs'), ['--environment', 'prod']];
    writeFileSync(outputs, '');
    const repository = ['--repository', 'acme/infra'];
    if (!(await command(['ci', 'deploy', ...place, '--smoke', 'smoke.yaml', ...repository], commit))) return false;
    if (!readFileSync(outputs, 'utf8').includes('["api"]')) return true;
    const reason = ['--reason', 'smoke failed'];
    if (!(await command(['rollback', 'api', ...place, ...reason, '--as-configured', ...repository], commit)))
      return false;
    return command(['ci', 'notify', '--kind', 'rollback', '--service', 'api', ...place, ...reason, '--once'], commit);
  }

  /** One release that serves, one after it that answers wrongly, and the end of it. */
  async function fail(jobs: (commit: string) => Promise<void>): Promise<unknown> {
    const { api, forge } = stage;
    const [good, bad] = [newDigest(), newDigest()];
    healthy = good;
    told = 0;
    await run(await pin(good));
    expect(serving()).toBe(good);
    const commit = await pin(bad);
    await jobs(commit);
    await forge.settled();
    const title = `Roll back api to ${good.slice(7, 19)} in prod`;
    const all = await api<{ number: number; title: string; state: string }[]>(
      'GET',
      '/repos/acme/infra/pulls?state=all',
    );
    const pulls = all.filter((one) => one.title === title);
    const before = pulls.map(({ state }) => state);
    if (rollback === 'propose') {
      const review = `/repos/acme/infra/pulls/${pulls[0]?.number}/reviews`;
      await api('POST', review, { event: 'APPROVE' }, forge.tokens.alice);
      await forge.settled();
    }
    const tip = await api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main');
    await checkOut(tip.commit.sha);
    await run(tip.commit.sha);
    const holds = '/repos/acme/infra/contents/.trunkline/holds.yaml';
    const record = await api<{ content: string; sha: string }>('GET', holds);
    await api('DELETE', holds, { message: 'go on', sha: record.sha });
    return {
      pulls: before,
      told,
      held: Buffer.from(record.content, 'base64')
        .toString()
        .match(/service: api/g)?.length,
      serves: serving() === good,
      pinned: (await stage.pin('prod')).endsWith(good),
    };
  }

  test('killed anywhere and run again: one pull request, one hold, one word, and what served before serves', async () => {
    let all = 0;
    const untroubled = await fail(async (commit) => {
      requests = 0;
      await run(commit);
      all = requests;
    });
    const open = rollback === 'automatic' ? 'closed' : 'open';
    expect(untroubled).toEqual({ pulls: [open], told: 1, held: 1, serves: true, pinned: true });
    // From the word that it failed on: what comes before is the deploy's own.
    const points = [0.35, 0.55, 0.75, 0.95].map((share) => Math.ceil(all * share));
    process.stdout.write(`${rollback}: killed at ${points.join(', ')} of ${all} requests\n`);
    for (const point of points) {
      const end = await fail(async (commit) => {
        requests = 0;
        killAt = point;
        expect(await run(commit), `request ${point}`).toBe(false);
        killAt = Number.POSITIVE_INFINITY;
        await checkOut(commit);
        await run(commit);
      });
      expect(end, `request ${point}`).toEqual(untroubled);
    }
  });
});
