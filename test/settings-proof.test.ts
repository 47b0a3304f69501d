import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../src/cli/see/testing/run-cli.ts';
import { setValue } from '../src/forge/actions/scoped-value.ts';
import { git } from '../src/git/git.ts';
import { type LabBench, openLabBench } from '../src/lab/testing/bench.ts';

// What `settings apply` sets is put to the proof in the lab: by git, and by workflows that are really run.

const config = `kind: Environments
accept: { acme/app: { services: { api: api-team } } }
manifests: { json: "envs/{environment}.json", path: "{service}.image" }
deploy: { command: make deploy }
apps: { delivery: delivery }
environments:
  dev: { track: main, merge: auto }
  prod: { from: dev, approve: { platform: 1 }, reviewers: [platform] }
`;
const steal = 'run: echo "key is [$KEY]"\n        env: { KEY: "${{ secrets.KEY }}" }';
const deploy = `name: Deploy
on: { push: { branches: [evil] }, workflow_dispatch: }
permissions: {}
jobs:
  prod:
    runs-on: ubuntu-latest
    environment: prod
    steps:
      - ${steal}
  open:
    runs-on: ubuntu-latest
    steps:
      - ${steal}
`;
const moving = `name: Moving
on: workflow_dispatch
permissions: {}
jobs: { moving: { runs-on: ubuntu-latest, steps: [{ uses: actions/checkout@v4 }] } }
`;

let bench: LabBench;
let home: string;
const tokens: Record<string, string> = {};

const as = async (who: string, method: string, path: string, body?: unknown) => {
  const response = await bench.lab.fetch(`https://api.github.com${path}`, {
    method,
    headers: { authorization: `token ${tokens[who]}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text, value: /^[[{]/.test(text) ? JSON.parse(text) : undefined };
};
/** Commits what stands there and pushes it; answers what git said where it was refused. */
const push = async (branch: string, name: string): Promise<string> => {
  const inFolder = (...args: string[]) => git(args, { cwd: join(bench.home, 'infra'), env: bench.lab.env() });
  await inFolder('-c', 'user.name=bob', '-c', 'user.email=b@acme.test', 'commit', '-q', '--allow-empty', '-m', name);
  const url = `https://x:${tokens['bob']}@github.com/acme/infra.git`;
  return inFolder('push', '-q', url, `HEAD:${branch}`).then(
    () => 'taken',
    (error: Error) => error.message,
  );
};
const jobsOf = async (run: number) => {
  const { value } = await as('alice', 'GET', `/repos/acme/infra/actions/runs/${run}/jobs`);
  return Object.fromEntries(value.jobs.map((one: { name: string; conclusion: string }) => [one.name, one.conclusion]));
};
const newestRun = async (): Promise<number> =>
  (await as('alice', 'GET', '/repos/acme/infra/actions/runs')).value.workflow_runs[0].id;

beforeAll(async () => {
  bench = await openLabBench();
  home = mkdtempSync(join(tmpdir(), 'settings-proof-'));
  const { admin } = bench.lab;
  tokens['alice'] = bench.token;
  await bench.push('infra', deploy, {
    'trunkline.yaml': config,
    'envs/prod.json': '{}\n',
    '.github/workflows/moving.yml': moving,
  });
  for (const login of ['bob', 'carol', 'dora']) {
    admin.createUser(login);
    admin.addCollaborator('acme/infra', login, 'write');
    tokens[login] = admin.createToken(login);
  }
  admin.createTeam('acme', 'api-team', ['alice', 'bob']);
  admin.createTeam('acme', 'platform', ['carol', 'dora']);
  for (const team of ['api-team', 'platform']) admin.addTeamRepository('acme', team, 'acme/infra', 'write');
  await admin.createApp({ slug: 'delivery', owner: 'acme', permissions: { contents: 'write' } });
  admin.installApp('delivery', 'acme', 'all');
  const words = ['settings', 'apply', '--repository', 'acme/infra', '--journal', join(home, 'journal')];
  const env = { TRUNKLINE_TOKEN: bench.token };
  const applied = await runCli(words, { cwd: home, env, fetch: bench.lab.fetch });
  expect(applied).toMatchObject({ code: 0 });
  const { forge } = bench.lab.forge;
  const prod = [...forge.store.environments.values()].find((one) => one.name === 'prod');
  setValue(forge, 'secrets', { scope: 'environment', scopeId: prod?.id ?? 0 }, 'KEY', 'production-key');
});
afterAll(async () => {
  await bench.close();
  rmSync(home, { recursive: true, force: true });
});

test('nobody pushes to main, whoever they are', async () => {
  expect(await push('main', 'past everything')).toMatch(/GH013[\s\S]*Changes must be made through a pull request/);
});

test('a branch that anybody may push gets into no environment, and sees none of its secrets', async () => {
  expect(await push('evil', 'print every secret')).toBe('taken');
  await bench.lab.idle();
  const run = await newestRun();
  expect(await jobsOf(run)).toEqual({ prod: 'failure', open: 'success' });
  const { value } = await as('alice', 'GET', `/repos/acme/infra/actions/runs/${run}/jobs`);
  const logs: string[] = [];
  for (const { id } of value.jobs) {
    const { text } = await as('alice', 'GET', `/repos/acme/infra/actions/jobs/${id}/logs`);
    logs.push(text);
  }
  const all = logs.join('\n');
  expect(all).toContain('key is []');
  expect(all).not.toContain('production-key');
});

test('an action that is named by a tag, which may be moved to anything, does not run', async () => {
  await as('carol', 'POST', '/repos/acme/infra/actions/workflows/moving.yml/dispatches', { ref: 'main' });
  await bench.lab.idle();
  const { value } = await as('alice', 'GET', `/repos/acme/infra/actions/runs/${await newestRun()}`);
  expect(value).toMatchObject({ name: 'Moving', conclusion: 'startup_failure' });
});

test('nobody approves the deployment that they started', async () => {
  const dispatched = await as('carol', 'POST', '/repos/acme/infra/actions/workflows/ci.yml/dispatches', {
    ref: 'main',
  });
  expect(dispatched.status).toBeLessThan(300);
  let waiting: readonly { environment: { id: number } }[] = [];
  let run = 0;
  while (waiting.length === 0) {
    run = await newestRun();
    waiting = (await as('carol', 'GET', `/repos/acme/infra/actions/runs/${run}/pending_deployments`)).value;
  }
  const review = { environment_ids: [waiting[0]?.environment.id], state: 'approved', comment: '' };
  const path = `/repos/acme/infra/actions/runs/${run}/pending_deployments`;
  const own = await as('carol', 'POST', path, review);
  expect({ status: own.status, text: own.text }).toMatchObject({ status: 422 });
  expect((await as('bob', 'POST', path, review)).status).toBe(422);
  expect((await as('dora', 'POST', path, review)).status).toBe(200);
  await bench.lab.idle();
  expect((await jobsOf(run))['prod']).toBe('success');
});
