import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { createAppAuth } from '@octokit/auth-app';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, type LabOptions, openLab } from './lab.ts';

const ports: LabOptions['ports'] = {
  clock: { now: () => Date.now(), sleep: (ms) => setTimeout(ms) },
  random: (count) => randomBytes(count),
  env: process.env,
};

/** Says which event it runs for, with what a workflow reads of it. */
const listening = `on:
  push: { branches: [main, 'feature/**'], tags: ['v*'], paths-ignore: ['docs/**'] }
  pull_request: { types: [opened, synchronize, labeled, closed, ready_for_review, edited, reopened] }
  pull_request_target: { types: [opened] }
  pull_request_review:
  issue_comment:
  issues: { types: [opened, labeled] }
  create:
  delete:
  deployment:
  deployment_status:
  status:
  check_run: { types: [created, completed] }
  release: { types: [published] }
  repository_dispatch: { types: [doorbell] }
  workflow_dispatch: { inputs: { dry: { type: boolean, default: true }, how: { type: choice, options: [fast, slow] }, n: { type: number, default: 2 } } }
  schedule: [{ cron: '30 2 * * *' }]
permissions: { contents: write, id-token: write }
jobs:
  say:
    runs-on: ubuntu-latest
    steps:
      - env: { KEY: '\${{ secrets.KEY }}', TOKEN: '\${{ github.token }}' }
        run: |
          echo "EVENT \${{ github.event_name }} \${{ github.event.action }} $GITHUB_REF secret=\${KEY:+yes} id=\${ACTIONS_ID_TOKEN_REQUEST_URL:+yes}"
      - if: github.event_name == 'workflow_dispatch'
        run: echo "INPUTS \${{ inputs.dry == false }} \${{ inputs.how }} \${{ inputs.n == 2 }} \${{ github.event.inputs.dry }}"
`;
const chained = (name: string, after: string): string => `name: ${name}
on: { workflow_run: { workflows: [${after}], types: [completed] } }
jobs:
  say: { runs-on: ubuntu-latest, steps: [{ run: 'echo "CHAIN ${name} after \${{ github.event.workflow_run.name }} \${{ github.event.workflow_run.conclusion }}"' }] }
`;
const acting = `name: acting
on: { repository_dispatch: { types: [act] } }
permissions: { contents: write, issues: write, actions: write }
jobs:
  act:
    runs-on: ubuntu-latest
    env: { GH: 'https://api.github.com/repos/acme/app', AUTH: 'authorization: Bearer \${{ github.token }}' }
    steps:
      - run: |
          curl -sSf -X POST -H "$AUTH" $GH/issues -d '{"title":"by a job"}' > /dev/null
          sha=$(curl -sSf -H "$AUTH" $GH/git/ref/heads/main | grep -o '[0-9a-f]\\{40\\}' | head -1)
          curl -sSf -X POST -H "$AUTH" $GH/git/refs -d '{"ref":"refs/heads/feature/by-job","sha":"'$sha'"}' > /dev/null
          curl -sSf -X POST -H "$AUTH" $GH/dispatches -d '{"event_type":"doorbell"}'
`;

let lab: Lab;
const tokens: Record<string, string> = {};
let said: string[] = [];

beforeAll(async () => {
  lab = await openLab({ ports, parallel: 4, standInBuilds: true });
  lab.onReport((report) => {
    if (report.kind === 'line' && /^(?:EVENT|INPUTS|CHAIN) /.test(report.text)) said.push(report.text.trim());
  });
  for (const login of ['alice', 'bob', 'mallory']) {
    lab.admin.createUser(login);
    tokens[login] = lab.admin.createToken(login, { scopes: ['repo', 'workflow', 'admin:org'] });
  }
  lab.admin.createOrganization('acme', { admins: ['alice'], members: ['bob'] });
  await api('POST', '/orgs/acme/repos', { name: 'app', private: false });
  lab.admin.addCollaborator('acme/app', 'bob', 'write');
  await write('main', 'README.md', 'hello', '[skip ci] start');
  await write('main', '.github/workflows/a.yml', chained('third', 'second'), 'x [no ci]');
  await write('main', '.github/workflows/b.yml', chained('second', 'first'), 'x [ci skip]');
  await write('main', '.github/workflows/c.yml', chained('first', 'acting'), 'x [skip actions]');
  await write('main', '.github/workflows/d.yml', chained('fourth', 'third'), 'x [actions skip]');
  await write('main', '.github/workflows/acting.yml', acting, 'x [skip ci]');
  await write('main', '.github/workflows/all.yml', listening, 'x\n\nskip-checks: true');
  await lab.idle();
}, 60_000);
afterAll(() => lab.close());

async function api(
  method: string,
  path: string,
  body?: unknown,
  who = 'alice',
  token = tokens[who],
): Promise<Record<string, unknown>> {
  const response = await lab.fetch(`https://api.github.com${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

const repo = '/repos/acme/app';

async function write(
  branch: string,
  path: string,
  text: string,
  message: string,
  who = 'alice',
  at = repo,
): Promise<void> {
  const content = Buffer.from(text).toString('base64');
  await api('PUT', `${at}/contents/${path}`, { branch, message, content }, who);
}

const head = async (branch: string): Promise<string> =>
  ((await api('GET', `${repo}/git/ref/heads/${branch}`))['object'] as { sha: string }).sha;

/** What workflows said since the last time. */
async function heard(): Promise<readonly string[]> {
  await lab.idle();
  const lines = said.sort();
  said = [];
  return lines;
}

const event = (text: string, more = 'secret= id=yes'): string => `EVENT ${text} ${more}`;

test('nothing runs where the head commit asks for it, or no filter lets it in', async () => {
  expect(await heard()).toEqual([]);
  await write('main', 'docs/a.md', 'x', 'documentation');
  expect(await heard()).toEqual([]);
});

test('push, create and delete of branches and tags', async () => {
  await write('main', 'file.txt', 'x', 'a change');
  expect(await heard()).toEqual([event('push  refs/heads/main')]);
  const sha = await head('main');
  await api('POST', `${repo}/git/refs`, { ref: 'refs/heads/feature/a', sha });
  expect(await heard()).toEqual([event('create  refs/heads/feature/a')]);
  await write('feature/a', 'a.txt', 'x', 'a change beside');
  expect(await heard()).toEqual([event('push  refs/heads/feature/a')]);
  await api('POST', `${repo}/git/refs`, { ref: 'refs/tags/v1', sha });
  expect(await heard()).toEqual([event('create  refs/tags/v1'), event('push  refs/tags/v1')]);
  await api('DELETE', `${repo}/git/refs/heads/feature/a`);
  expect(await heard()).toEqual([event('delete  refs/heads/main')]);
});

test('a pull request of the repository: its types, its target, reviews, comments, labels', async () => {
  await api('POST', `${repo}/git/refs`, { ref: 'refs/heads/change', sha: await head('main') });
  await write('change', 'change.txt', 'x', 'change');
  await heard();
  const pull = await api(
    'POST',
    `${repo}/pulls`,
    { title: 'Change', head: 'change', base: 'main', draft: true },
    'bob',
  );
  const merge = `refs/pull/${pull['number']}/merge`;
  expect(await heard()).toEqual([
    event(`pull_request opened ${merge}`),
    event('pull_request_target opened refs/heads/main'),
  ]);
  await write('change', 'change.txt2', 'y', 'more');
  expect(await heard()).toEqual([event(`pull_request synchronize ${merge}`)]);
  await api('POST', `${repo}/issues/${pull['number']}/labels`, { labels: ['ready'] });
  expect(await heard()).toEqual([event(`pull_request labeled ${merge}`)]);
  await api('PATCH', `${repo}/pulls/${pull['number']}`, { title: 'Changed' });
  expect(await heard()).toEqual([event(`pull_request edited ${merge}`)]);
  await api('POST', `${repo}/pulls/${pull['number']}/reviews`, { event: 'APPROVE', body: 'fine' });
  expect(await heard()).toEqual([event(`pull_request_review submitted ${merge}`)]);
  await api('POST', `${repo}/issues/${pull['number']}/comments`, { body: '/deploy' });
  expect(await heard()).toEqual([event('issue_comment created refs/heads/main')]);
  await api('PATCH', `${repo}/pulls/${pull['number']}`, { state: 'closed' });
  expect(await heard()).toEqual([event(`pull_request closed ${merge}`)]);
});

test('a fork’s pull request waits for approval, reads and knows no secret; its target knows them', async () => {
  const { key_id, key } = (await api('GET', `${repo}/actions/secrets/public-key`)) as { key_id: string; key: string };
  const { sealSecret } = await import('./scenarios/seal-secret.ts');
  await api('PUT', `${repo}/actions/secrets/KEY`, { key_id, encrypted_value: await sealSecret(key, 'hunter-22-x') });
  await api('POST', `${repo}/forks`, {}, 'mallory');
  await write('main', 'evil.txt', 'x', 'evil', 'mallory', '/repos/mallory/app');
  await heard();
  const pull = await api('POST', `${repo}/pulls`, { title: 'Evil', head: 'mallory:main', base: 'main' }, 'mallory');
  // Of somebody whose first contribution it is: the run waits until somebody of the repository lets it run.
  expect(await heard()).toEqual([event('pull_request_target opened refs/heads/main', 'secret=yes id=yes')]);
  const waiting = (await api('GET', `${repo}/actions/runs?status=action_required`))['workflow_runs'] as {
    id: number;
  }[];
  expect(waiting).toHaveLength(1);
  await expect(api('POST', `${repo}/actions/runs/${waiting[0]?.id}/approve`, undefined, 'mallory')).rejects.toThrow(
    '403',
  );
  await api('POST', `${repo}/actions/runs/${waiting[0]?.id}/approve`);
  expect(await heard()).toEqual([event(`pull_request opened refs/pull/${pull['number']}/merge`, 'secret= id=')]);
  await api('DELETE', `${repo}/actions/secrets/KEY`);
});

test('issues, deployments, statuses, checks of an App, dispatches and schedules', async () => {
  await api('POST', `${repo}/issues`, { title: 'Bug' });
  expect(await heard()).toEqual([event('issues opened refs/heads/main')]);
  const sha = await head('main');
  const deployment = await api('POST', `${repo}/deployments`, {
    ref: 'main',
    environment: 'prod',
    required_contexts: [],
  });
  expect(await heard()).toEqual([event('deployment created refs/heads/main')]);
  await api('POST', `${repo}/deployments/${deployment['id']}/statuses`, { state: 'success' });
  expect(await heard()).toEqual([event('deployment_status created refs/heads/main')]);
  await api('POST', `${repo}/statuses/${sha}`, { state: 'success', context: 'x' });
  expect(await heard()).toEqual([event('status  refs/heads/main')]);
  const { app, privateKey } = await lab.admin.createApp({
    slug: 'checker',
    owner: 'acme',
    permissions: { checks: 'write' },
  });
  const installation = lab.admin.installApp('checker', 'acme', 'all');
  const jwt = (await createAppAuth({ appId: app.id, privateKey })({ type: 'app' })).token;
  const { token } = await api('POST', `/app/installations/${installation.id}/access_tokens`, {}, '', jwt);
  const done = { name: 'lint', head_sha: sha, status: 'completed', conclusion: 'success' };
  await api('POST', `${repo}/check-runs`, done, '', String(token));
  expect(await heard()).toEqual([
    event('check_run completed refs/heads/main'),
    event('check_run created refs/heads/main'),
  ]);
  await api('POST', `${repo}/dispatches`, { event_type: 'doorbell', client_payload: {} });
  await api('POST', `${repo}/dispatches`, { event_type: 'other' });
  expect(await heard()).toEqual([event('repository_dispatch doorbell refs/heads/main')]);
  await api('POST', `${repo}/actions/workflows/all.yml/dispatches`, { ref: 'main', inputs: { dry: 'false' } });
  expect(await heard()).toEqual([event('workflow_dispatch  refs/heads/main'), 'INPUTS true fast true false']);
  await expect(
    api('POST', `${repo}/actions/workflows/all.yml/dispatches`, { ref: 'main', inputs: { how: 'slowly' } }),
  ).rejects.toThrow('not in the list of allowed values');
  expect(await lab.schedules.fire('acme/app')).toBe(1);
  expect(await heard()).toEqual([event('schedule  refs/heads/main')]);
  await api('POST', `${repo}/releases`, { tag_name: 'v1', name: 'One' });
  expect(await heard()).toEqual([event('release published refs/tags/v1')]);
});

test('what a job’s own token does starts nothing but dispatches; a chain of workflow_run ends after three', async () => {
  await api('POST', `${repo}/dispatches`, { event_type: 'act' });
  expect(await heard()).toEqual([
    'CHAIN first after acting success',
    'CHAIN second after first success',
    'CHAIN third after second success',
    event('repository_dispatch doorbell refs/heads/main'),
  ]);
});
