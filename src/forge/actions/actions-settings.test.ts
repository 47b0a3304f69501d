import sodium from 'libsodium-wrappers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobRecord, RunRecord } from '../../protocol/run.ts';
import { type Acme, openAcme } from '../testing/acme.ts';
import { type Ask, octokitAsker } from '../testing/octokit.ts';
import { scopedValues } from './scoped-values.ts';

// Who may run what, who is told which secret, and what waits for whom: settings over the API, and that they hold.

const repo = '/repos/{owner}/{repo}';
let acme: Acme;
let ask: Ask;
let owner: string;
beforeAll(async () => {
  acme = await openAcme();
  ask = octokitAsker(acme);
  owner = acme.admin.createToken('carol', { scopes: ['repo', 'admin:org', 'workflow'] });
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const path = '.github/workflows/ci.yml';
const workflow = (uses: string): string =>
  `on: [push, pull_request]\njobs: { a: { runs-on: ubuntu-latest, steps: [{ uses: '${uses}' }] } }\n`;

/** Opens the runs of the next event of this name, as a runner would. */
async function openNext(name: string, repository = 'acme/app'): Promise<readonly RunRecord[]> {
  for await (const command of acme.runs.commands(AbortSignal.timeout(20_000))) {
    if (command.kind !== 'event') continue;
    const { event } = command;
    const mine = event.name === name && event.repository.fullName === repository;
    const wanted = mine ? [{ path, workflowName: 'CI', title: 'x' }] : [];
    const runs = await acme.runs.openRuns(event.id, wanted);
    if (mine) return runs;
  }
  throw new Error(`no ${name}`);
}

async function write(branch: string, text: string): Promise<readonly RunRecord[]> {
  const held = await acme.call(acme.tokens.carol, 'GET', `/repos/acme/app/contents/${path}?ref=${branch}`);
  const { sha } = (await held.json()) as { sha?: string };
  const content = Buffer.from(text).toString('base64');
  const body = { message: 'CI', content, branch, ...(sha === undefined ? {} : { sha }) };
  await acme.ask('carol', 'PUT', `/repos/acme/app/contents/${path}`, body);
  return openNext('push');
}

test('workflows do not start with actions that repository or organisation do not allow, and say why', async () => {
  const pinned = `actions/checkout@${'a'.repeat(40)}`;
  await ask(`PUT ${repo}/actions/permissions`, {
    enabled: true,
    allowed_actions: 'selected',
    sha_pinning_required: true,
  });
  const selected = {
    github_owned_allowed: true,
    verified_allowed: false,
    patterns_allowed: ['trusted/*', '!trusted/evil@*'],
  };
  await ask(`PUT ${repo}/actions/permissions/selected-actions`, selected);
  expect(await ask(`GET ${repo}/actions/permissions/selected-actions`)).toEqual(selected);
  expect(await ask(`GET ${repo}/actions/permissions`)).toMatchObject({
    allowed_actions: 'selected',
    sha_pinning_required: true,
  });
  const why = async (uses: string): Promise<string | undefined> => {
    const [run] = await write('main', workflow(uses));
    expect(run?.conclusion ?? null).toBe(run?.refusal === undefined ? null : 'startup_failure');
    return run?.refusal;
  };
  expect(await why('actions/checkout@v4')).toBe(
    'The action actions/checkout@v4 is not allowed in acme/app because all actions must be pinned to a full-length commit SHA.',
  );
  expect(await why(pinned)).toBeUndefined();
  expect(await why(`trusted/thing@${'b'.repeat(40)}`)).toBeUndefined();
  expect(await why(`trusted/evil@${'b'.repeat(40)}`)).toContain('is not allowed to be used in acme/app');
  expect(await why(`acme/own@${'c'.repeat(40)}`)).toBeUndefined();
  expect(await why('./local')).toBeUndefined();
  const [grouped] = await write('main', workflow('x/y@v1').replace('[{', '[{ parallel: [{').replace('}] }', '}] }] }'));
  expect(grouped?.refusal).toContain('The action x/y@v1 is not allowed');
  await ask(
    'PUT /orgs/{org}/actions/permissions',
    { enabled_repositories: 'all', allowed_actions: 'local_only' },
    owner,
  );
  expect(await why(pinned)).toContain('Actions in this workflow must be: within a repository owned by acme.');
  await acme.ask('carol', 'PUT', '/repos/acme/app/actions/permissions', { enabled: true, allowed_actions: 'all' }, 409);
  await ask(
    'PUT /orgs/{org}/actions/permissions',
    { enabled_repositories: 'selected', allowed_actions: 'selected' },
    owner,
  );
  await ask('PUT /orgs/{org}/actions/permissions/selected-actions', { patterns_allowed: ['*/*'] }, owner);
  await ask('GET /orgs/{org}/actions/permissions/selected-actions', {}, owner);
  await ask('PUT /orgs/{org}/actions/permissions/repositories', { selected_repository_ids: [] }, owner);
  const before = acme.forge.store.outbox.size;
  await acme.ask('carol', 'POST', '/repos/acme/app/issues', { title: 'unheard' }, 201);
  expect(acme.forge.store.outbox.size).toBe(before);
  const one = { repository_id: acme.repository().id };
  await ask('PUT /orgs/{org}/actions/permissions/repositories/{repository_id}', one, owner);
  expect((await ask('GET /orgs/{org}/actions/permissions/repositories', {}, owner)).total_count).toBe(1);
  await ask('DELETE /orgs/{org}/actions/permissions/repositories/{repository_id}', one, owner);
  await ask('PUT /orgs/{org}/actions/permissions', { enabled_repositories: 'all', allowed_actions: 'all' }, owner);
  await ask('GET /orgs/{org}/actions/permissions', {}, owner);
  await ask(`PUT ${repo}/actions/permissions`, { enabled: true, allowed_actions: 'all', sha_pinning_required: false });
});

test('what tokens may by default, who may call workflows, and how long logs stay', async () => {
  await ask(`PUT ${repo}/actions/permissions/workflow`, {
    default_workflow_permissions: 'write',
    can_approve_pull_request_reviews: true,
  });
  expect(await ask(`GET ${repo}/actions/permissions/workflow`)).toEqual({
    default_workflow_permissions: 'write',
    can_approve_pull_request_reviews: true,
  });
  await ask(
    'PUT /orgs/{org}/actions/permissions/workflow',
    { default_workflow_permissions: 'read', can_approve_pull_request_reviews: false },
    owner,
  );
  await ask('GET /orgs/{org}/actions/permissions/workflow', {}, owner);
  await acme.ask(
    'carol',
    'PUT',
    '/repos/acme/app/actions/permissions/workflow',
    { default_workflow_permissions: 'write' },
    409,
  );
  await ask(`PUT ${repo}/actions/permissions/access`, { access_level: 'organization' });
  expect(await ask(`GET ${repo}/actions/permissions/access`)).toEqual({ access_level: 'organization' });
  const days = { days: 30 };
  const approval = { approval_policy: 'all_external_contributors' };
  const forks = { run_workflows_from_fork_pull_requests: true };
  await ask(`PUT ${repo}/actions/permissions/artifact-and-log-retention`, days);
  expect((await ask(`GET ${repo}/actions/permissions/artifact-and-log-retention`)).days).toBe(30);
  await ask(`PUT ${repo}/actions/permissions/fork-pr-contributor-approval`, approval);
  expect(await ask(`GET ${repo}/actions/permissions/fork-pr-contributor-approval`)).toEqual(approval);
  await ask(`PUT ${repo}/actions/permissions/fork-pr-workflows-private-repos`, forks);
  await ask(`GET ${repo}/actions/permissions/fork-pr-workflows-private-repos`);
  await ask('PUT /orgs/{org}/actions/permissions/artifact-and-log-retention', days, owner);
  await ask('GET /orgs/{org}/actions/permissions/artifact-and-log-retention', {}, owner);
  await ask('PUT /orgs/{org}/actions/permissions/fork-pr-contributor-approval', approval, owner);
  await ask('GET /orgs/{org}/actions/permissions/fork-pr-contributor-approval', {}, owner);
  await ask('PUT /orgs/{org}/actions/permissions/fork-pr-workflows-private-repos', forks, owner);
  await ask('GET /orgs/{org}/actions/permissions/fork-pr-workflows-private-repos', {}, owner);
  await acme.ask('alice', 'GET', '/repos/acme/app/actions/permissions', undefined, 403);
  const job = acme.admin.createToken('alice', { permissions: { actions: 'write' } });
  await acme.ask(job, 'PUT', '/repos/acme/app/actions/permissions/workflow', {}, 403);
});

test('a stranger’s run waits until somebody who may write approves it', async () => {
  await acme.ask('carol', 'POST', '/orgs/acme/repos', { name: 'open', private: false }, 201);
  await acme.commit('carol', 'main', path, workflow('./x'), 'acme/open');
  acme.admin.createUser('stranger');
  const stranger = acme.admin.createToken('stranger');
  await acme.ask(stranger, 'POST', '/repos/acme/open/forks', {}, 202);
  await acme.commit(stranger, 'main', 'new.txt', 'x', 'stranger/open');
  await acme.ask(stranger, 'POST', '/repos/acme/open/pulls', { title: 'x', head: 'stranger:main', base: 'main' }, 201);
  const [run] = await openNext('pull_request', 'acme/open');
  expect(run).toMatchObject({ status: 'completed', conclusion: 'action_required' });
  const at = { repo: 'open', run_id: run?.id };
  expect(await ask(`GET ${repo}/actions/runs/{run_id}`, at)).toMatchObject({ conclusion: 'action_required' });
  await acme.ask(stranger, 'POST', `/repos/acme/open/actions/runs/${run?.id}/approve`, {}, 403);
  await ask(`POST ${repo}/actions/runs/{run_id}/approve`, at);
  await acme.ask('carol', 'POST', `/repos/acme/open/actions/runs/${run?.id}/approve`, {}, 403);
  for await (const command of acme.runs.commands(AbortSignal.timeout(20_000))) {
    if (command.kind !== 'rerun') continue;
    expect(command.run).toMatchObject({ id: run?.id, attempt: 1, status: 'queued' });
    break;
  }
});

test('an organisation’s secrets and variables are seen where it says so', async () => {
  await sodium.ready;
  await acme.ask('carol', 'POST', '/orgs/acme/repos', { name: 'public', private: false }, 201);
  const { key, key_id } = await ask('GET /orgs/{org}/actions/secrets/public-key', {}, owner);
  const seal = (text: string): string =>
    sodium.to_base64(
      sodium.crypto_box_seal(text, sodium.from_base64(key, sodium.base64_variants.ORIGINAL)),
      sodium.base64_variants.ORIGINAL,
    );
  const ids = [acme.repository().id];
  const put = (secret_name: string, more: object) =>
    ask(
      'PUT /orgs/{org}/actions/secrets/{secret_name}',
      { secret_name, encrypted_value: seal('x'), key_id, ...more },
      owner,
    );
  await put('EVERY', { visibility: 'all' });
  await put('HIDDEN', { visibility: 'private' });
  await put('CHOSEN', { visibility: 'selected', selected_repository_ids: ids });
  const seen = (name: string): string[] =>
    Object.keys(scopedValues(acme.forge, 'secrets', acme.repository(name))).sort();
  expect([seen('app'), seen('public')]).toEqual([['CHOSEN', 'EVERY', 'HIDDEN'], ['EVERY']]);
  const one = { secret_name: 'CHOSEN' };
  const shown = await ask('GET /orgs/{org}/actions/secrets/{secret_name}', one, owner);
  expect(shown.visibility).toBe('selected');
  expect((await ask('GET /orgs/{org}/actions/secrets/{secret_name}/repositories', one, owner)).total_count).toBe(1);
  const other = acme.repository('public').id;
  await ask(
    'PUT /orgs/{org}/actions/secrets/{secret_name}/repositories/{repository_id}',
    { ...one, repository_id: other },
    owner,
  );
  expect(seen('public')).toEqual(['CHOSEN', 'EVERY']);
  await ask(
    'DELETE /orgs/{org}/actions/secrets/{secret_name}/repositories/{repository_id}',
    { ...one, repository_id: other },
    owner,
  );
  await ask(
    'PUT /orgs/{org}/actions/secrets/{secret_name}/repositories',
    { ...one, selected_repository_ids: [other] },
    owner,
  );
  expect([seen('app'), seen('public')]).toEqual([
    ['EVERY', 'HIDDEN'],
    ['CHOSEN', 'EVERY'],
  ]);
  await acme.ask(owner, 'GET', '/orgs/acme/actions/secrets/EVERY/repositories', undefined, 409);
  expect((await ask(`GET ${repo}/actions/organization-secrets`)).total_count).toBe(2);

  const variable = { name: 'COLOUR' };
  const body = { ...variable, value: 'red', visibility: 'selected', selected_repository_ids: ids };
  await ask('POST /orgs/{org}/actions/variables', body, owner);
  await ask('PATCH /orgs/{org}/actions/variables/{name}', { ...variable, value: 'blue' }, owner);
  expect(await ask('GET /orgs/{org}/actions/variables/{name}', variable, owner)).toMatchObject({
    value: 'blue',
    visibility: 'selected',
  });
  await ask('GET /orgs/{org}/actions/variables/{name}/repositories', variable, owner);
  await ask(
    'PUT /orgs/{org}/actions/variables/{name}/repositories',
    { ...variable, selected_repository_ids: [] },
    owner,
  );
  expect(scopedValues(acme.forge, 'variables', acme.repository())).toEqual({});
  const both = { ...variable, repository_id: ids[0] };
  await ask('PUT /orgs/{org}/actions/variables/{name}/repositories/{repository_id}', both, owner);
  expect((await ask(`GET ${repo}/actions/organization-variables`)).variables).toMatchObject([{ value: 'blue' }]);
  await ask('DELETE /orgs/{org}/actions/variables/{name}/repositories/{repository_id}', both, owner);
});

test('an environment that an App guards lets a job in when the App says so, and never when it refuses', async () => {
  const app = await acme.makeApp('gatekeeper', { deployments: 'write', actions: 'read' });
  const other = await acme.makeApp('bystander', { deployments: 'write' });
  const at = { environment_name: 'guarded' };
  await ask(`PUT ${repo}/environments/{environment_name}`, at);
  const apps = await ask(`GET ${repo}/environments/{environment_name}/deployment_protection_rules/apps`, at);
  expect(apps.total_count).toBe(2);
  const rule = await ask(`POST ${repo}/environments/{environment_name}/deployment_protection_rules`, {
    ...at,
    integration_id: app.id,
  });
  expect((await ask(`GET ${repo}/environments/{environment_name}/deployment_protection_rules`, at)).total_count).toBe(
    1,
  );
  const one = { ...at, protection_rule_id: rule.id };
  await ask(`GET ${repo}/environments/{environment_name}/deployment_protection_rules/{protection_rule_id}`, one);
  const enter = async (name: string): Promise<{ run: RunRecord; job: JobRecord; entering: Promise<unknown> }> => {
    const [run] = await write('main', `${workflow('./x')}# ${name}\n`);
    const [job] = await acme.runs.openJobs(run?.id ?? 0, [{ name, jobId: name, labels: [] }]);
    if (run === undefined || job === undefined) throw new Error('no run');
    const entering = acme.runs.enterEnvironment(
      job.id,
      { name: 'guarded', deployment: true },
      AbortSignal.timeout(20_000),
    );
    return { run, job, entering };
  };
  const first = await enter('first');
  const answer = (token: string, run: RunRecord, state: string, status: number) =>
    acme.ask(
      token,
      'POST',
      `/repos/acme/app/actions/runs/${run.id}/deployment_protection_rule`,
      { environment_name: 'guarded', state, comment: 'x' },
      status,
    );
  await answer(acme.tokens.carol, first.run, 'approved', 403);
  await answer(other.token, first.run, 'approved', 422);
  await ask(
    `POST ${repo}/actions/runs/{run_id}/deployment_protection_rule`,
    { run_id: first.run.id, environment_name: 'guarded', state: 'approved', comment: 'Go' },
    app.token,
  );
  expect(await first.entering).toEqual({ entered: true });
  const second = await enter('second');
  await answer(app.token, second.run, 'rejected', 204);
  expect(await second.entering).toMatchObject({ entered: false });
  await ask(`DELETE ${repo}/environments/{environment_name}/deployment_protection_rules/{protection_rule_id}`, one);
});

test('a commit takes a thousand statuses of one context, and no more', async () => {
  const sha = acme.tip('main') ?? '';
  const { store } = acme.forge;
  const status = { state: 'success', context: 'many' } as const;
  const { id } = await acme.ask('carol', 'POST', `/repos/acme/app/statuses/${sha}`, status, 201);
  store.transaction(() => {
    const row = store.statuses.get(id);
    for (let at = 1; at < 1000; at += 1)
      if (row !== undefined) store.statuses.put({ ...row, id: store.next('statuses') });
  });
  const refused = await acme.ask('carol', 'POST', `/repos/acme/app/statuses/${sha}`, status, 422);
  expect(refused.errors[0].message).toBe('This SHA and context has reached the maximum number of statuses.');
  await acme.ask('carol', 'POST', `/repos/acme/app/statuses/${sha}`, { ...status, context: 'another' }, 201);
});
