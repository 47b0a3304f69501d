import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyCommand } from '../../src/cli/ci/policy.ts';
import { receiveCommand } from '../../src/cli/ci/receive.ts';
import { diffCommand } from '../../src/cli/diff.ts';
import { doctorCommand } from '../../src/cli/doctor.ts';
import { historyCommand } from '../../src/cli/history.ts';
import { holdCommand } from '../../src/cli/hold.ts';
import { promoteCommand } from '../../src/cli/promote.ts';
import { runCli } from '../../src/cli/see/testing/run-cli.ts';
import { statusCommand } from '../../src/cli/status.ts';
import { traceCommand } from '../../src/cli/trace.ts';
import { pullRequestRule } from '../../src/forge/testing/acme.ts';
import { git } from '../../src/git/git.ts';
import { newDigest } from './faults.ts';
import { config, openStage, type Stage } from './stage.ts';

let stage: Stage;
let env: Record<string, string>;
let first: { digest: string; commit: string; pull: number };
let second: { digest: string; commit: string; pull: number };
let promotion: number;

const api = <T>(method: string, path: string, body?: unknown, who?: 'alice' | 'bob' | 'carol'): Promise<T> =>
  stage.api(method, path, body, who === undefined ? undefined : stage.forge.tokens[who]);

/** A change of the application by pull request, as far as is wanted. */
async function change(name: string): Promise<number> {
  const { commit } = await api<{ commit: { sha: string } }>('GET', '/repos/acme/app/branches/main');
  await api('POST', '/repos/acme/app/git/refs', { ref: `refs/heads/${name}`, sha: commit.sha });
  const content = Buffer.from(name).toString('base64');
  await api(
    'PUT',
    `/repos/acme/app/contents/${name}.txt`,
    { message: `Write ${name}`, content, branch: name },
    'alice',
  );
  const { number } = await api<{ number: number }>(
    'POST',
    '/repos/acme/app/pulls',
    { title: `Add ${name}`, head: name, base: 'main' },
    'alice',
  );
  return number;
}

async function merge(number: number): Promise<string> {
  await api('POST', `/repos/acme/app/pulls/${number}/reviews`, { event: 'APPROVE' }, 'bob');
  const { sha } = await api<{ sha: string }>(
    'PUT',
    `/repos/acme/app/pulls/${number}/merge`,
    { merge_method: 'squash' },
    'carol',
  );
  return sha;
}

async function publish(service: string, commit: string): Promise<string> {
  const digest = newDigest();
  const payload = { schema: 1, service, digest, image: `ghcr.io/acme/${service}`, ref: 'refs/heads/main' };
  const body = {
    ref: commit,
    environment: 'published',
    task: 'publish',
    auto_merge: false,
    required_contexts: [],
    payload,
  };
  await api('POST', '/repos/acme/app/deployments', body);
  return digest;
}

async function deliver(name: string): Promise<{ digest: string; commit: string; pull: number }> {
  const pull = await change(name);
  const commit = await merge(pull);
  const digest = await publish('api', commit);
  await stage.run(receiveCommand, []);
  await settle();
  await stage.until(async () => (await stage.pin('dev')).includes(digest));
  return { digest, commit, pull };
}

async function settle(): Promise<void> {
  for (const { number } of await api<{ number: number }[]>('GET', '/repos/acme/infra/pulls?state=open'))
    await stage.run(policyCommand, ['--pull', String(number)]);
}

beforeAll(async () => {
  stage = await openStage({
    config: config.replace('web-team } }', 'web-team }, signer: .github/workflows/publish.yml }'),
  });
  env = { GITHUB_SERVER_URL: await stage.server() };
  for (const login of ['alice', 'bob']) stage.forge.admin.addCollaborator('acme/app', login, 'write');
  first = await deliver('one');
  await stage.run(promoteCommand, ['api', '--to', 'staging']);
  promotion = (await api<{ number: number }[]>('GET', '/repos/acme/infra/pulls?state=open'))[0]?.number ?? 0;
  await stage.run(policyCommand, ['--pull', String(promotion)]);
});
afterAll(() => stage.close());

// Answers are read as they come.
async function json(make: typeof statusCommand, words: readonly string[], more: Record<string, string> = {}) {
  const { out, error, code } = await stage.run(make, [...words, '--json'], { ...env, ...more });
  if (error !== undefined) throw error;
  return { code, ...JSON.parse(out) };
}

interface Stages {
  readonly stage: string;
  readonly environment: string | null;
  readonly state: string;
  readonly what: string;
}
const brief = (stages: readonly Stages[]): readonly string[] =>
  stages
    .filter((one) => one.state !== 'not reached')
    .map(
      ({ stage: name, environment, state }) => `${name}${environment === null ? '' : ` in ${environment}`}: ${state}`,
    );

test('status tells what waits for whom, by the policy’s own words, and who is behind what', async () => {
  const { places, offline, notes } = await json(statusCommand, ['api']);
  expect(offline).toBe(false);
  expect(notes).toEqual([]);
  const [dev, staging, prod] = places;
  expect(dev).toMatchObject({
    environment: 'dev',
    digest: first.digest,
    against: null,
    by: { author: 'trunkline-delivery[bot]', pull: { mergedBy: 'trunkline-delivery[bot]' } },
    waiting: [],
  });
  expect(staging).toMatchObject({
    release: null,
    against: { environment: 'dev', state: 'differs' },
    waiting: [{ number: promotion, release: first.digest }],
  });
  expect(staging.waiting[0].waits.join('; ')).toMatch(
    /approval of owner for api in staging: expected 1 of api-team, found 0/,
  );
  expect(prod).toMatchObject({ release: null, against: { environment: 'staging', state: 'same' }, waiting: [] });
  const { out } = await stage.run(statusCommand, ['--attention'], env);
  expect(out).toMatch(new RegExp(`#${promotion} +just now +trunkline-delivery\\[bot\\] +Promote api`));
});

test('a repository without any configuration shows open pull requests by the pins that they change', async () => {
  await api('POST', '/orgs/acme/repos', { name: 'bare', auto_init: true, private: true });
  stage.forge.admin.addCollaborator('acme/bare', 'alice', 'write');
  const put = async (environment: string, tag: string, branch: string): Promise<void> => {
    const path = `/repos/acme/bare/contents/overlays/${environment}/kustomization.yaml`;
    const there = await stage.forge.call(stage.forge.tokens.carol, 'GET', `${path}?ref=${branch}`);
    const sha = there.ok ? { sha: ((await there.json()) as { sha: string }).sha } : {};
    const content = Buffer.from(`images:\n- name: shop/api\n  newTag: ${tag}\n`).toString('base64');
    await api('PUT', path, { message: `${environment} ${tag}`, content, branch, ...sha });
  };
  for (const environment of ['dev', 'prod']) await put(environment, 'v1', 'main');
  const tip = (await api<{ commit: { sha: string } }>('GET', '/repos/acme/bare/branches/main')).commit.sha;
  await api('POST', '/repos/acme/bare/git/refs', { ref: 'refs/heads/next', sha: tip });
  await put('prod', 'v2', 'next');
  // Main goes on: what it changes meanwhile is not the pull request's.
  await put('dev', 'v2', 'main');
  const { number } = await api<{ number: number }>(
    'POST',
    '/repos/acme/bare/pulls',
    { title: 'Next', head: 'next', base: 'main' },
    'alice',
  );
  const head = (await api<{ head: { sha: string } }>('GET', `/repos/acme/bare/pulls/${number}`)).head.sha;
  const { places } = await json(statusCommand, ['--repository', 'acme/bare']);
  expect(places).toMatchObject([
    { environment: 'dev', release: 'v2', waiting: [] },
    {
      environment: 'prod',
      release: 'v1',
      against: { state: 'differs' },
      waiting: [{ number, author: 'alice', release: 'v2', waits: ['nothing stops it: somebody has to merge it'] }],
    },
  ]);
  await api('POST', `/repos/acme/bare/statuses/${head}`, {
    state: 'failure',
    context: 'kustomize build',
    description: 'no such base',
  });
  expect((await json(statusCommand, ['--repository', 'acme/bare'])).places[1].waiting[0].waits).toEqual([
    'kustomize build: no such base',
  ]);
  const { traces } = await json(traceCommand, ['--repository', 'acme/bare', 'v2']);
  expect(traces[0].stuck).toMatchObject({
    environment: 'prod',
    what: `#${number} is open: kustomize build: no such base`,
  });
});

test('a clone that is behind is seen as GitHub has it, and none of its refs moves', async () => {
  const clone = await mkdtemp(join(tmpdir(), 'see-clone-'));
  const at = { cwd: clone, isolated: true };
  await git(
    [
      'clone',
      '--quiet',
      `${(await stage.server()).replace('//', `//x:${stage.forge.tokens.carol}@`)}/acme/infra.git`,
      '.',
    ],
    at,
  );
  await git(['update-ref', 'refs/remotes/origin/main', 'HEAD~1'], at);
  const before = await git(['show-ref'], at);
  const look = async (...words: readonly string[]) => {
    const fetch = async (...[input, init]: Parameters<typeof globalThis.fetch>) =>
      stage.forge.app.request(new Request(input, init));
    const { out } = await runCli(['status', 'api', '--json', ...words], {
      cwd: clone,
      fetch,
      env: { ...env, GITHUB_TOKEN: stage.forge.tokens.carol },
    });
    return JSON.parse(out);
  };
  await git(['reset', '--quiet', '--hard', 'HEAD~1'], at);
  await git(['reflog', 'expire', '--expire=now', '--all'], at);
  await git(['gc', '--quiet', '--prune=now'], at);
  const refs = await git(['show-ref'], at);
  expect(refs).not.toBe(before);
  expect((await look('--offline')).places[0].digest).not.toBe(first.digest);
  const seen = await look();
  expect(seen.places[0].digest).toBe(first.digest);
  expect(seen.repository).toBe('acme/infra');
  expect(seen.notes).toEqual([]);
  expect(await git(['show-ref'], at)).toBe(refs);
  await rm(clone, { recursive: true });
});

test('trace follows a release, its commit and its pull requests to where it is stuck', async () => {
  const expected = [
    'commit: done',
    'pull request: done',
    'checks: unknown',
    'review and merge: done',
    'infra update in dev: done',
    'reconcile in dev: unknown',
    'rollout in dev: unknown',
    'health in dev: unknown',
    'infra update in staging: here',
  ];
  for (const subject of [
    first.digest,
    first.digest.slice(0, 19),
    first.commit,
    `acme/app@${first.commit.slice(0, 8)}`,
    `acme/app#${first.pull}`,
    `acme/infra#${promotion}`,
  ]) {
    const { traces } = await json(traceCommand, [subject]);
    expect(traces, subject).toHaveLength(1);
    expect(brief(traces[0].stages), subject).toEqual(expected);
    expect(traces[0]).toMatchObject({
      service: 'api',
      release: first.digest,
      source: { repository: 'acme/app', commit: first.commit },
    });
    expect(traces[0].stuck.what).toMatch(new RegExp(`^#${promotion} is open: .*expected 1 of api-team, found 0`));
  }
  const { traces } = await json(traceCommand, [`acme/app#${first.pull}`]);
  expect(traces[0].stages[3].what).toBe('merged by carol, approved by bob');
});

test('trace says what deployments and statuses tell, and takes no other environment’s for it', async () => {
  const tip = (await api<{ commit: { sha: string } }>('GET', '/repos/acme/infra/branches/main')).commit.sha;
  const say = (context: string, state: string): Promise<unknown> =>
    api('POST', `/repos/acme/infra/statuses/${tip}`, { context, state, description: 'said so' });
  await say('argo-cd-dev-synced', 'success');
  await say('argo-cd-devbox-healthy', 'success');
  await say('argo-rollouts/dev/canary', 'pending');
  const dev = async (): Promise<readonly Stages[]> =>
    (await json(traceCommand, [first.digest])).traces[0].stages.filter((one: Stages) => one.environment === 'dev');
  expect(brief(await dev())).toEqual(['infra update in dev: done', 'reconcile in dev: done', 'rollout in dev: here']);
  await say('argo-rollouts/dev/canary', 'success');
  await say('argo-cd-dev-healthy-24h', 'failure');
  expect((await dev()).at(-1)).toMatchObject({ state: 'here', what: 'argo-cd-dev-healthy-24h: said so' });
  const record = await api<{ id: number }>('POST', '/repos/acme/infra/deployments', {
    ref: tip,
    environment: 'dev',
    task: 'deploy:api',
    auto_merge: false,
    required_contexts: [],
    payload: { digest: first.digest },
  });
  await api('POST', `/repos/acme/infra/deployments/${record.id}/statuses`, {
    state: 'failure',
    description: 'exit code 3',
  });
  expect((await dev())[1]).toMatchObject({
    stage: 'reconcile',
    state: 'here',
    what: 'the deployment failed: exit code 3',
  });
  await api('POST', `/repos/acme/infra/deployments/${record.id}/statuses`, { state: 'success' });
  await say('argo-cd-dev-healthy-24h', 'success');
  expect(brief(await dev())).toEqual([
    'infra update in dev: done',
    'reconcile in dev: done',
    'rollout in dev: done',
    'health in dev: done',
  ]);
});

test('trace stops where a change has not been merged, published, or taken up', async () => {
  const pull = await change('two');
  const at = async (): Promise<Stages> => (await json(traceCommand, [`acme/app#${pull}`])).traces[0].stuck;
  expect(await at()).toMatchObject({ stage: 'review and merge', what: 'open: somebody has to merge it' });
  const commit = await merge(pull);
  expect(await at()).toMatchObject({
    stage: 'infra update',
    environment: null,
    what: expect.stringContaining('nothing was published'),
  });
  await api('POST', `/repos/acme/app/statuses/${commit}`, { state: 'failure', context: 'publish' });
  expect(await at()).toMatchObject({ what: 'nothing was published: publish failed' });
  const digest = await publish('api', commit);
  expect(await at()).toMatchObject({ environment: 'dev', what: expect.stringContaining('has not taken it up') });
  await stage.run(holdCommand, ['api', '--environment', 'dev', '--reason', 'smoke']);
  await settle();
  await stage.until(async () => (await api<unknown[]>('GET', '/repos/acme/infra/pulls?state=open')).length === 1);
  await stage.run(receiveCommand, []);
  expect(await at()).toMatchObject({
    environment: 'dev',
    what: expect.stringMatching(/held by @trunkline-delivery\[bot\]: smoke/),
  });
  second = { digest, commit, pull };
  await expect(json(traceCommand, ['acme/app#999'])).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(json(traceCommand, ['beef'.repeat(10)])).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('history and measures know who merged, who approved, and how long it took from the application’s merge', async () => {
  const { changes } = await json(historyCommand, []);
  expect(changes[0]).toMatchObject({
    service: 'api',
    environment: 'dev',
    kind: 'first',
    to: first.digest,
    approvedBy: [],
    source: `acme/app@${first.commit}`,
  });
  const measured = await json(historyCommand, ['--measures']);
  expect(measured.environments.map((one: { environment: string }) => one.environment)).toEqual([
    'dev',
    'staging',
    'prod',
  ]);
  expect(measured.application).toMatchObject([
    { repository: 'acme/app', commits: 1, failed: 1, scanned: 0, pull: { count: 2 } },
  ]);
  // The window is what was asked for, whether or not anything moved in infra meanwhile.
  expect((await json(historyCommand, ['web', '--measures'])).application).toEqual(measured.application);
  expect((await stage.run(historyCommand, ['--measures'], env)).out).toContain('application repositories');
});

test('diff lists the commits between by the application repository’s history', async () => {
  const put = async (environment: string, digest: string): Promise<void> => {
    const rulesets = await api<{ id: number }[]>('GET', '/repos/acme/infra/rulesets');
    for (const { id } of rulesets) await api('PUT', `/repos/acme/infra/rulesets/${id}`, { enforcement: 'disabled' });
    const path = `/repos/acme/infra/contents/envs/${environment}.json`;
    const { sha } = await api<{ sha: string }>('GET', path);
    const text = JSON.stringify({ api: { image: `ghcr.io/acme/api@${digest}` }, web: { image: '' } });
    await api('PUT', path, { message: `Set ${environment}`, sha, content: Buffer.from(text).toString('base64') });
    for (const { id } of rulesets) await api('PUT', `/repos/acme/infra/rulesets/${id}`, { enforcement: 'active' });
  };
  await put('dev', second.digest);
  await put('prod', first.digest);
  const { services } = await json(diffCommand, ['dev', 'prod']);
  expect(services).toMatchObject([{ service: 'api', state: 'differs', direction: 'behind', by: 'commits', total: 1 }]);
  expect(services[0].commits).toMatchObject([{ sha: second.commit, subject: `Write two (#${second.pull})` }]);
  expect(services[0].pulls).toEqual([second.pull]);
  const { out } = await stage.run(diffCommand, ['dev', 'prod'], env);
  expect(out).toMatch(
    new RegExp(`api: commits that the second lacks\\n.*\\n${second.commit.slice(0, 7)} +#${second.pull} `),
  );
  // The first change came to dev with what the second was built from.
  const { traces } = await json(traceCommand, [first.digest]);
  expect(
    traces[0].stages.find((one: Stages) => one.environment === 'dev' && one.stage === 'infra update'),
  ).toMatchObject({ state: 'done' });
});

interface Found {
  readonly id: string;
  readonly state: string;
  readonly subject: string;
  readonly found: string;
}

test('doctor tells weak from unknown, and says which permission is missing', async () => {
  const states = (findings: readonly Found[], id: string): readonly string[] =>
    findings.filter((one) => one.id === id).map((one) => `${one.subject}: ${one.state}`);
  const app = await json(doctorCommand, []);
  expect(app.code).toBe(1);
  const { findings } = app as { findings: readonly Found[] };
  expect(states(findings, 'token.kind')).toEqual(['credential: ok']);
  expect(states(findings, 'rules.policy')).toEqual(['main: ok']);
  expect(states(findings, 'rules.pull_request')).toEqual(['main: weak']);
  expect(states(findings, 'rules.bypass')).toEqual(['main: unknown']);
  expect(states(findings, 'environment')).toEqual(['dev: ok', 'staging: ok', 'prod: ok']);
  expect(states(findings, 'approvals')).toEqual([
    'staging api-team: ok',
    'staging web-team: weak',
    'prod api-team: ok',
    'prod web-team: weak',
    'prod platform: weak',
  ]);
  expect(states(findings, 'signing')).toEqual(['acme/app: weak']);
  expect(states(findings, 'signer')).toEqual(['acme/app: weak']);
  expect(states(findings, 'merge.auto')).toEqual(['acme/infra: ok']);
  expect(states(findings, 'manifests.shared')).toHaveLength(3);
  expect(states(findings, 'settings.token')).toEqual(['acme/infra: unknown']);
  expect(states(findings, 'settings.names')).toEqual(['acme/infra: weak']);
  expect(states(findings, 'settings.ruleset')).toEqual(['acme/infra: weak']);

  await api('PATCH', '/repos/acme/infra', { private: true });
  const none = { TRUNKLINE_APP_ID: '', TRUNKLINE_APP_KEY: '' };
  const person = (await json(doctorCommand, [], { ...none, GITHUB_TOKEN: stage.forge.tokens.carol })) as {
    findings: readonly Found[];
  };
  expect(states(person.findings, 'token.kind')).toEqual(['credential: weak']);
  expect(states(person.findings, 'rules.bypass')).toEqual(['main: ok']);
  expect(states(person.findings, 'settings.token')).toEqual(['acme/infra: ok']);
  expect(states(person.findings, 'settings.plan')).toEqual(['acme/infra: ok']);
  expect(states(person.findings, 'settings.actions')).toEqual(['acme/infra: weak']);
  const narrow = stage.forge.admin.createToken('carol', {
    kind: 'fine-grained',
    permissions: { contents: 'read', metadata: 'read' },
    repositories: ['acme/infra'],
  });
  const little = (await json(doctorCommand, [], { ...none, GITHUB_TOKEN: narrow })) as { findings: readonly Found[] };
  expect(states(little.findings, 'token.permission')).toContain('pull requests: weak');
  expect(little.findings.find((one) => one.subject === 'deployments')?.found).toContain('deployments=read');
  expect(JSON.stringify(little)).not.toContain(narrow);
});

test('doctor finds the ways round the rules', async () => {
  const [ruleset] = await api<{ id: number }[]>('GET', '/repos/acme/infra/rulesets');
  const rules = [
    pullRequestRule(),
    {
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: false,
        required_status_checks: [{ context: 'trunkline / policy' }],
      },
    },
  ];
  await api('PUT', `/repos/acme/infra/rulesets/${ruleset?.id}`, {
    rules,
    bypass_actors: [{ actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' }],
  });
  await api('PUT', '/repos/acme/infra/environments/prod', {});
  const alice = (await api<{ id: number }>('GET', '/users/alice')).id;
  await api('PUT', '/repos/acme/infra/environments/dev', {
    reviewers: [{ type: 'User', id: alice }],
    prevent_self_review: true,
  });
  await api('PUT', '/repos/acme/infra/environments/staging', {
    deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
  });
  await api('PATCH', '/repos/acme/infra', {
    allow_auto_merge: false,
    allow_squash_merge: false,
    allow_rebase_merge: true,
  });
  const none = { TRUNKLINE_APP_ID: '', TRUNKLINE_APP_KEY: '' };
  const { findings } = (await json(doctorCommand, [], { ...none, GITHUB_TOKEN: stage.forge.tokens.carol })) as {
    findings: readonly Found[];
  };
  const found = (id: string): readonly string[] =>
    findings.filter((one) => one.id === id && one.state === 'weak').map((one) => one.found);
  expect(found('rules.policy')[0]).toContain('can forge it');
  expect(found('rules.bypass')[0]).toContain('OrganizationAdmin');
  expect(found('rules.stale-approvals')).toHaveLength(1);
  expect(found('environment.branches')).toEqual(Array(2).fill('any branch may deploy there and read its secrets'));
  expect(found('environment.satisfiable')).toEqual(['only alice may approve, and never what alice started']);
  expect([...found('merge.auto'), ...found('merge.squash')]).toHaveLength(2);
  const { out, code } = await stage.run(doctorCommand, [], { ...env, ...none, GITHUB_TOKEN: stage.forge.tokens.carol });
  expect(code).toBe(1);
  expect(out).toMatch(/✗ {2}rules\.policy +main +.* → name the delivery App as its source: integration_id/);
});
