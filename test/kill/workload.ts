import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { git } from '../../src/git/git.ts';
import { sealSecret } from '../../src/lab/scenarios/seal-secret.ts';
import type { UpLab } from '../testing/lab-process.ts';

const run = promisify(execFile);

type Json = Readonly<Record<string, unknown>>;

/** Something that the lab said it had done: asked again at any later time, the answer must be the same. */
interface Acknowledged {
  readonly what: string;
  readonly still: () => Promise<unknown>;
  readonly expected: unknown;
}

export interface Workload {
  /** The lab to talk to from now on. */
  lab: UpLab;
  /** Goes on where it stopped, to the end. @throws when the lab goes away */
  proceed(): Promise<void>;
  /** What was acknowledged and is not so any more, a sentence each. */
  lost(): Promise<readonly string[]>;
  /** Waits until no run is unfinished. */
  idle(): Promise<void>;
  readonly acknowledged: readonly { readonly what: string }[];
}

const files: Readonly<Record<string, string>> = {
  '.github/workflows/ci.yml': `on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps: [{ uses: actions/checkout@v4 }, { run: test -f server.js }]
`,
  '.github/workflows/deploy.yml': `on: workflow_dispatch
permissions: { contents: read, packages: write }
jobs:
  deploy:
    runs-on: ubuntu-latest
    environment: dev
    steps:
      - uses: actions/checkout@v4
      - uses: docker/login-action@v3
        with: { registry: ghcr.io, username: "\${{ github.actor }}", password: "\${{ github.token }}" }
      - uses: docker/build-push-action@v6
        id: image
        with: { context: ., push: true, tags: "ghcr.io/acme/app:\${{ github.sha }}" }
      - env: { TOKEN: "\${{ secrets.DEPLOY_TOKEN }}", IMAGE: "ghcr.io/acme/app@\${{ steps.image.outputs.digest }}" }
        run: >-
          curl -sSf -X PUT http://deploy.lab.internal/environments/dev/services/api -H "authorization: Bearer $TOKEN"
          -d '{"image":"'$IMAGE'","health":"http://api.dev.acme.test/"}'
`,
  Dockerfile: 'FROM node:20\nCOPY server.js /\nCMD ["node", "/server.js"]\n',
  'server.js': "require('node:http').createServer((q, r) => r.end('one')).listen(process.env.PORT);\n",
};

/** A repository's life in a lab, each step of it such that it can be said again by somebody who saw no answer. */
export async function startWorkload(home: string, first: UpLab): Promise<Workload> {
  const acknowledged: Acknowledged[] = [];
  const state = { lab: first };
  const source = join(home, 'source');
  const app = '/repos/acme/app';
  const tokens = first.tokens;

  async function ask(login: string, method: string, path: string, body?: unknown): Promise<Response> {
    return fetch(`${state.lab.urls.local}/api/v3${path}`, {
      method,
      headers: { authorization: `token ${tokens[login]}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
  async function api(login: string, method: string, path: string, body?: unknown): Promise<Json> {
    const response = await ask(login, method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Json;
  }
  const list = async (path: string): Promise<readonly Json[]> =>
    (await api('alice', 'GET', path)) as unknown as readonly Json[];
  const refOf = async (branch: string): Promise<unknown> => {
    const response = await ask('alice', 'GET', `${app}/git/ref/heads/${branch}`);
    if (response.status === 404) return undefined;
    return ((await response.json()) as { object: Json }).object['sha'];
  };
  const runs = async (): Promise<readonly Json[]> =>
    (await api('alice', 'GET', `${app}/actions/runs?per_page=100`))['workflow_runs'] as readonly Json[];
  const inSource = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=alice', '-c', 'user.email=a@acme.test', ...args], {
      cwd: source,
      env: { ...state.lab.env, GIT_TERMINAL_PROMPT: '0' },
    });
  const push = (ref: string): Promise<string> =>
    inSource('push', '-q', `https://x:${tokens['alice']}@github.com/acme/app.git`, ref);
  const visit = async (): Promise<string> => {
    const env = { PATH: process.env['PATH'] ?? '', ...state.lab.env };
    return (await run('curl', ['-sS', '-m', '10', 'http://api.dev.acme.test/'], { env })).stdout;
  };
  async function keep(what: string, still: () => Promise<unknown>): Promise<void> {
    acknowledged.push({ what, still, expected: await still() });
  }
  async function idle(): Promise<void> {
    while ((await runs()).some((each) => each['status'] !== 'completed')) await delay(50);
  }
  /** Waits for the newest run of a workflow, and runs it again while it fails: a kill fails the job that ran. */
  async function succeeded(file: string): Promise<void> {
    for (;;) {
      const newest = (await runs()).find((each) => each['path'] === `.github/workflows/${file}`);
      if (newest?.['conclusion'] === 'success') return;
      if (newest?.['status'] === 'completed') await api('alice', 'POST', `${app}/actions/runs/${newest['id']}/rerun`);
      await delay(50);
    }
  }
  const pull = async (): Promise<Json | undefined> => (await list(`${app}/pulls?state=all&head=acme:feature`))[0];

  await mkSource(source);
  const main = await git(['rev-parse', 'main'], { cwd: source });
  const feature = await git(['rev-parse', 'feature'], { cwd: source });
  const rule = {
    name: 'main',
    target: 'branch',
    enforcement: 'active',
    conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
    rules: [{ type: 'deletion' }, { type: 'non_fast_forward' }],
  };

  const steps: readonly (() => Promise<void>)[] = [
    async () => {
      if (!(await ask('alice', 'GET', app)).ok) {
        await api('alice', 'POST', '/orgs/acme/repos', { name: 'app', private: true });
      }
      await keep('the repository', async () => (await api('alice', 'GET', app))['id']);
      await keep("bob's token", async () => (await api('bob', 'GET', '/user'))['login']);
    },
    async () => {
      await push('main');
      await keep('the push to main', async () => (await inHistory(main)) && main);
    },
    async () => {
      const found = (await list(`${app}/rulesets`)).find((each) => each['name'] === 'main');
      const id = (found ?? (await api('alice', 'POST', `${app}/rulesets`, rule)))['id'];
      await keep('the ruleset', async () => (await api('alice', 'GET', `${app}/rulesets/${id}`))['rules']);
    },
    async () => {
      await api('alice', 'PUT', `${app}/environments/dev`);
      const key = await api('alice', 'GET', `${app}/environments/dev/secrets/public-key`);
      await api('alice', 'PUT', `${app}/environments/dev/secrets/DEPLOY_TOKEN`, {
        encrypted_value: await sealSecret(String(key['key']), 'hush'),
        key_id: key['key_id'],
      });
      const secret = `${app}/environments/dev/secrets/DEPLOY_TOKEN`;
      await keep('the secret', async () => (await api('alice', 'GET', secret))['created_at']);
    },
    async () => {
      await push('feature');
      await keep('the push to feature', () => refOf('feature'));
    },
    async () => {
      const found = await pull();
      const made = { title: 'Feature', head: 'feature', base: 'main' };
      const number = (found ?? (await api('alice', 'POST', `${app}/pulls`, made)))['number'];
      await keep(
        'the pull request',
        async () => (await pull())?.['number'] === number && (await pull())?.['created_at'],
      );
    },
    async () => {
      const number = (await pull())?.['number'];
      const reviews = `${app}/pulls/${number}/reviews`;
      if ((await list(reviews)).length === 0) {
        await api('alice', 'PUT', `${app}/collaborators/bob`, { permission: 'push' });
        await api('bob', 'POST', reviews, { event: 'APPROVE', body: 'good' });
      }
      await keep('the review', async () => (await list(reviews)).map((each) => [each['id'], each['state']]));
    },
    () => succeeded('ci.yml'),
    async () => {
      const number = (await pull())?.['number'];
      if ((await pull())?.['merged_at'] === null) {
        await api('bob', 'PUT', `${app}/pulls/${number}/merge`, { merge_method: 'squash' });
      }
      const merged = async (): Promise<unknown> => {
        const now = await api('alice', 'GET', `${app}/pulls/${number}`);
        return [now['merged'], now['merge_commit_sha']];
      };
      await keep('the merge', merged);
      await keep('main after the merge', () => refOf('main'));
    },
    async () => {
      const before = (await runs()).filter((each) => each['event'] === 'workflow_dispatch').length;
      if (before === 0) await api('alice', 'POST', `${app}/actions/workflows/deploy.yml/dispatches`, { ref: 'main' });
      await keep('the dispatch', async () => {
        while (!(await runs()).some((each) => each['event'] === 'workflow_dispatch')) await delay(50);
        return true;
      });
    },
    () => succeeded('deploy.yml'),
    async () => {
      await keep('the service', visit);
      await keep('deployments', async () => (await list(`${app}/deployments?environment=dev`)).length > 0);
    },
    async () => {
      const found = (await list(`${app}/deployments?environment=published`))[0];
      const made = {
        ref: feature,
        environment: 'published',
        auto_merge: false,
        required_contexts: [],
        payload: { a: 1 },
      };
      const id = (found ?? (await api('alice', 'POST', `${app}/deployments`, made)))['id'];
      await api('alice', 'POST', `${app}/deployments/${id}/statuses`, { state: 'success' });
      await keep('the record', async () => (await api('alice', 'GET', `${app}/deployments/${id}`))['payload']);
      await keep('its status', async () => (await list(`${app}/deployments/${id}/statuses`)).at(-1)?.['state']);
    },
  ];

  async function inHistory(sha: string): Promise<boolean> {
    const commits = await list(`${app}/commits?sha=main`);
    return commits.some((commit) => commit['sha'] === sha);
  }

  let next = 0;
  return {
    set lab(lab: UpLab) {
      state.lab = lab;
    },
    get lab() {
      return state.lab;
    },
    acknowledged,
    idle,
    proceed: async () => {
      for (; next < steps.length; next += 1) await steps[next]?.();
    },
    lost: async () => {
      const lost: string[] = [];
      for (const { what, still, expected } of acknowledged) {
        const found = await still().catch((error: unknown) => String(error));
        if (JSON.stringify(found) !== JSON.stringify(expected)) {
          lost.push(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
        }
      }
      return lost;
    },
  };
}

/** main, and feature with one more commit; made once. */
async function mkSource(folder: string): Promise<void> {
  const inFolder = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=alice', '-c', 'user.email=a@acme.test', ...args], { cwd: folder });
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  await inFolder('init', '-q', '-b', 'main');
  await inFolder('add', '.');
  await inFolder('commit', '-qm', 'start');
  await inFolder('switch', '-qc', 'feature');
  await inFolder('commit', '-q', '--allow-empty', '-m', 'feature');
}
