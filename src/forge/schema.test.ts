import { readdirSync, readFileSync } from 'node:fs';
import sodium from 'libsodium-wrappers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import type { JobRecord, RunRecord } from '../protocol/run.ts';
import { repositoryFolder, repositoryGit } from './git/repository-folder.ts';
import { type Acme, checksRule, openAcme, pullRequestRule, type TestApp } from './testing/acme.ts';
import { type Ask, octokitAsker } from './testing/octokit.ts';

// Every route is asked through Octokit, and every answer held to GitHub's description: nothing missing, nothing made up.

let acme: Acme;
let app: TestApp;
const answered = new Set<string>();

beforeAll(async () => {
  acme = await openAcme();
  acme.admin.createTeam('acme', 'platform', ['bob', 'carol']);
  acme.admin.addTeamRepository('acme', 'platform', 'acme/app', 'maintain');
  acme.admin.createUser('dave');
  app = await acme.makeApp('checker', { checks: 'write', statuses: 'write', contents: 'write', members: 'read' });
});
afterAll(() => acme.remove());

const ask: Ask = (route, params, token) => octokitAsker(acme, answered)(route, params, token);

const repo = '/repos/{owner}/{repo}';
const owner = (): string => acme.admin.createToken('carol', { scopes: ['repo', 'admin:org'] });

test('people, organisations, teams and repositories', async () => {
  for (const route of ['GET /user', 'GET /user/orgs', 'GET /user/repos', 'GET /rate_limit', 'GET /meta', 'GET /'])
    await ask(route);
  await ask('GET /users/{username}', { username: 'alice' });
  await ask('GET /users/{username}', { username: 'checker[bot]' });
  for (const rest of [
    '',
    '/repos',
    '/members',
    '/teams',
    '/memberships/carol',
    '/teams/platform',
    '/teams/platform/members',
  ])
    await ask(`GET /orgs/{org}${rest}`);
  await ask('GET /orgs/{org}/members/{username}', { username: 'bob' });
  await ask('GET /orgs/{org}/teams/{team_slug}/memberships/{username}', { team_slug: 'platform', username: 'bob' });
  await ask('POST /user/repos', { name: 'own', private: true, auto_init: true });
  await ask('POST /orgs/{org}/repos', { name: 'spare', description: 'spare' });
  await ask(`PATCH ${repo}`, { allow_auto_merge: true, delete_branch_on_merge: false });
  await ask(`GET ${repo}`);
  await ask(`PUT ${repo}/collaborators/{username}`, { username: 'dave', permission: 'triage' });
  await ask(`GET ${repo}/collaborators`);
  await ask(`GET ${repo}/collaborators/{username}`, { username: 'dave' });
  await ask(`GET ${repo}/collaborators/{username}/permission`, { username: 'bob' });
  await ask(`DELETE ${repo}/collaborators/{username}`, { username: 'dave' });
  await ask('POST /orgs/{org}/teams', { name: 'Site Crew', privacy: 'closed' }, owner());
  const crew = { team_slug: 'site-crew' };
  await ask('PUT /orgs/{org}/teams/{team_slug}/memberships/{username}', { ...crew, username: 'bob' }, owner());
  const place = { ...crew, owner: 'acme', repo: 'app' };
  await ask('PUT /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}', { ...place, permission: 'push' }, owner());
  await ask(`GET ${repo}/teams`);
  await ask('DELETE /orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}', place, owner());
  await ask('DELETE /orgs/{org}/teams/{team_slug}/memberships/{username}', { ...crew, username: 'bob' }, owner());
  await acme.ask('carol', 'POST', '/orgs/acme/teams', { name: 'Mine' }, 403);
  await ask(`POST ${repo}/forks`, {}, acme.tokens.bob);
  await ask(`GET ${repo}`, { owner: 'bob' }, acme.tokens.bob);
  await ask('DELETE /repos/{owner}/{repo}', { owner: 'carol', repo: 'own' });
  await ask(`GET ${repo}/actions/permissions`);
  await ask(`PUT ${repo}/actions/permissions`, { enabled: true });
});

test('Apps and their installations', async () => {
  const id = { installation_id: app.installation };
  await ask('GET /app', {}, app.jwt);
  await ask('GET /apps/{app_slug}', { app_slug: 'checker' });
  await ask('GET /app/installations', {}, app.jwt);
  await ask('GET /app/installations/{installation_id}', id, app.jwt);
  await ask(`GET ${repo}/installation`, {}, app.jwt);
  await ask('GET /orgs/{org}/installation', {}, app.jwt);
  const narrowed = { ...id, repositories: ['app'], permissions: { contents: 'read' } };
  const { token } = await ask('POST /app/installations/{installation_id}/access_tokens', narrowed, app.jwt);
  const { repositories } = await ask('GET /installation/repositories', {}, token);
  expect(repositories).toHaveLength(1);
  await ask('DELETE /installation/token', {}, token);
});

test('git data, contents, branches, commits and comparison', async () => {
  const sha = acme.tip('main');
  const blob = await ask(`POST ${repo}/git/blobs`, { content: 'text', encoding: 'utf-8' });
  await ask(`GET ${repo}/git/blobs/{file_sha}`, { file_sha: blob.sha });
  const entry = { path: 'new.txt', mode: '100644', type: 'blob', sha: blob.sha };
  const tree = await ask(`POST ${repo}/git/trees`, { base_tree: sha, tree: [entry] });
  await ask(`GET ${repo}/git/trees/{tree_sha}`, { tree_sha: tree.sha, recursive: '1' });
  const commit = await ask(`POST ${repo}/git/commits`, { message: 'By hand', tree: tree.sha, parents: [sha] });
  await ask(`GET ${repo}/git/commits/{commit_sha}`, { commit_sha: commit.sha });
  const tag = await ask(`POST ${repo}/git/tags`, { tag: 'v1', message: 'v1', object: commit.sha, type: 'commit' });
  await ask(`GET ${repo}/git/tags/{tag_sha}`, { tag_sha: tag.sha });
  await ask(`POST ${repo}/git/refs`, { ref: 'refs/heads/by-hand', sha });
  await ask(`PATCH ${repo}/git/refs/{ref}`, { ref: 'heads/by-hand', sha: commit.sha });
  await ask(`GET ${repo}/git/ref/{ref}`, { ref: 'heads/by-hand' });
  await ask(`GET ${repo}/git/matching-refs/{ref}`, { ref: 'heads/' });
  await ask(`GET ${repo}/branches`);
  await ask(`GET ${repo}/branches/{branch}`, { branch: 'by-hand' });
  await ask(`GET ${repo}/commits`);
  await ask(`GET ${repo}/commits/{ref}`, { ref: 'by-hand' });
  await ask(`GET ${repo}/commits/{commit_sha}/pulls`, { commit_sha: sha });
  await ask(`GET ${repo}/compare/{basehead}`, { basehead: 'main...by-hand' });
  await ask(`DELETE ${repo}/git/refs/{ref}`, { ref: 'heads/by-hand' });
  const write = { path: 'docs/a.txt', message: 'Write', content: Buffer.from('a').toString('base64') };
  const made = await ask(`PUT ${repo}/contents/{path}`, write);
  await ask(`GET ${repo}/contents/{path}`, { path: 'docs/a.txt' });
  await ask(`GET ${repo}/contents/{path}`, { path: 'docs' });
  await acme.ask('carol', 'GET', '/repos/acme/app/contents/', undefined, 200);
  await ask(`DELETE ${repo}/contents/{path}`, { path: 'docs/a.txt', message: 'Delete', sha: made.content.sha });
});

test('rulesets', async () => {
  const conditions = { ref_name: { include: ['refs/heads/guarded'], exclude: [] } };
  const rules = [
    { type: 'deletion' },
    { type: 'required_linear_history' },
    pullRequestRule({ allowed_merge_methods: ['squash'] }),
    checksRule('ci', app.id),
    { type: 'branch_name_pattern', parameters: { operator: 'starts_with', pattern: 'g' } },
  ];
  const bypass_actors = [{ actor_id: app.id, actor_type: 'Integration', bypass_mode: 'always' }];
  const body = { name: 'guarded', target: 'branch', enforcement: 'active', conditions, rules, bypass_actors };
  const { id } = await ask(`POST ${repo}/rulesets`, body);
  await ask(`GET ${repo}/rulesets`);
  await ask(`GET ${repo}/rulesets/{ruleset_id}`, { ruleset_id: id });
  await ask(`PUT ${repo}/rulesets/{ruleset_id}`, { ruleset_id: id, enforcement: 'disabled' });
  await ask(`PUT ${repo}/rulesets/{ruleset_id}`, { ruleset_id: id, enforcement: 'active' });
  expect(await ask(`GET ${repo}/rules/branches/{branch}`, { branch: 'guarded' })).toHaveLength(5);
  await ask(`DELETE ${repo}/rulesets/{ruleset_id}`, { ruleset_id: id });
  const all = { ref_name: { include: ['~ALL'], exclude: [] }, repository_name: { include: ['spare'], exclude: [] } };
  const own = await ask('POST /orgs/{org}/rulesets', { ...body, conditions: all }, owner());
  await ask('GET /orgs/{org}/rulesets', {}, owner());
  await ask('GET /orgs/{org}/rulesets/{ruleset_id}', { ruleset_id: own.id }, owner());
  await ask('PUT /orgs/{org}/rulesets/{ruleset_id}', { ruleset_id: own.id, enforcement: 'disabled' }, owner());
  await ask('DELETE /orgs/{org}/rulesets/{ruleset_id}', { ruleset_id: own.id }, owner());
});

test('releases', async () => {
  const { id } = await ask(`POST ${repo}/releases`, { tag_name: 'v2', name: 'Two', body: 'New', draft: true });
  // How gh finds a draft to publish it; REST has it by its id alone.
  const byTag = '{ repository(owner: "acme", name: "app") { release(tagName: "v2") { databaseId isDraft } } }';
  const draft = { repository: { release: { databaseId: id, isDraft: true } } };
  expect((await acme.graphql(acme.tokens.carol, byTag)).data).toEqual(draft);
  await acme.ask('carol', 'GET', '/repos/acme/app/releases/tags/v2', undefined, 404);
  await ask(`PATCH ${repo}/releases/{release_id}`, { release_id: id, draft: false });
  await ask(`GET ${repo}/releases`);
  await ask(`GET ${repo}/releases/latest`);
  await ask(`GET ${repo}/releases/tags/{tag}`, { tag: 'v2' });
  await ask(`GET ${repo}/releases/{release_id}`, { release_id: id });
  await acme.ask('carol', 'POST', '/repos/acme/app/releases', { tag_name: 'v2' }, 422);
  const file = { release_id: id, name: 'tool.bin', data: 'bytes', headers: { 'content-type': 'text/plain' } };
  const { id: asset_id, size } = await ask(`POST ${repo}/releases/{release_id}/assets{?name,label}`, file);
  expect(size).toBe('bytes'.length);
  await ask(`GET ${repo}/releases/{release_id}/assets`, { release_id: id });
  await ask(`GET ${repo}/releases/assets/{asset_id}`, { asset_id });
  await ask(`PATCH ${repo}/releases/assets/{asset_id}`, { asset_id, label: 'The tool' });
  await ask(`DELETE ${repo}/releases/assets/{asset_id}`, { asset_id });
  await ask(`DELETE ${repo}/releases/{release_id}`, { release_id: id });
});

test('issues, labels, comments and search', async () => {
  await ask(`POST ${repo}/labels`, { name: 'broken', color: 'ff0000', description: 'broken' });
  await ask(`GET ${repo}/labels`);
  await ask(`GET ${repo}/labels/{name}`, { name: 'broken' });
  const { number: issue_number } = await ask(`POST ${repo}/issues`, {
    title: 'Broken',
    body: 'Very',
    labels: ['broken'],
  });
  const one = { issue_number };
  await ask(`GET ${repo}/issues`, { state: 'all', labels: 'broken' });
  await ask(`GET ${repo}/issues/{issue_number}`, one);
  await ask(`PATCH ${repo}/issues/{issue_number}`, { ...one, state: 'closed', state_reason: 'completed' });
  await ask(`POST ${repo}/issues/{issue_number}/labels`, { ...one, labels: ['new'] });
  await ask(`PUT ${repo}/issues/{issue_number}/labels`, { ...one, labels: ['broken', 'other'] });
  await ask(`GET ${repo}/issues/{issue_number}/labels`, one);
  await ask(`DELETE ${repo}/issues/{issue_number}/labels/{name}`, { ...one, name: 'other' });
  await ask(`DELETE ${repo}/issues/{issue_number}/labels`, one);
  await ask(`DELETE ${repo}/labels/{name}`, { name: 'broken' });
  const { id: comment_id } = await ask(`POST ${repo}/issues/{issue_number}/comments`, { ...one, body: 'Yes' });
  await ask(`GET ${repo}/issues/{issue_number}/comments`, one);
  await ask(`GET ${repo}/issues/comments/{comment_id}`, { comment_id });
  await ask(`PATCH ${repo}/issues/comments/{comment_id}`, { comment_id, body: 'No' });
  await ask(`DELETE ${repo}/issues/comments/{comment_id}`, { comment_id });
  expect((await ask('GET /search/issues', { q: 'repo:acme/app is:issue broken' })).total_count).toBe(1);
});

test('milestones, reactions, topics, deploy keys and custom properties', async () => {
  const { number: milestone_number } = await ask(`POST ${repo}/milestones`, {
    title: 'v1',
    due_on: '2027-01-01T00:00:00Z',
  });
  const one = { milestone_number };
  const { number: issue_number } = await ask(`POST ${repo}/issues`, { title: 'Planned', milestone: milestone_number });
  await ask(`GET ${repo}/milestones`);
  await ask(`GET ${repo}/milestones/{milestone_number}`, one);
  await ask(`GET ${repo}/milestones/{milestone_number}/labels`, one);
  await ask(`PATCH ${repo}/milestones/{milestone_number}`, { ...one, state: 'closed' });
  await ask(`DELETE ${repo}/milestones/{milestone_number}`, one);
  const { id: reaction_id } = await ask(`POST ${repo}/issues/{issue_number}/reactions`, {
    issue_number,
    content: '+1',
  });
  await ask(`GET ${repo}/issues/{issue_number}/reactions`, { issue_number });
  expect((await ask(`GET ${repo}/issues/{issue_number}`, { issue_number })).reactions['+1']).toBe(1);
  await ask(`DELETE ${repo}/issues/{issue_number}/reactions/{reaction_id}`, { issue_number, reaction_id });
  const { id: comment_id } = await ask(`POST ${repo}/issues/{issue_number}/comments`, { issue_number, body: 'Yes' });
  const said = `${repo}/issues/comments/{comment_id}/reactions`;
  const { id: second } = await ask(`POST ${said}`, { comment_id, content: 'eyes' });
  await ask(`GET ${said}`, { comment_id });
  await ask(`DELETE ${said}/{reaction_id}`, { comment_id, reaction_id: second });
  await ask(`PUT ${repo}/topics`, { names: ['gitops'] });
  await ask(`GET ${repo}/topics`);
  await ask(`GET ${repo}/readme`);
  const key = `ssh-ed25519 ${Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from('ssh-ed25519'), Buffer.alloc(36)]).toString('base64')}`;
  const { id: key_id } = await ask(`POST ${repo}/keys`, { title: 'CI', key, read_only: true });
  await ask(`GET ${repo}/keys`);
  await ask(`GET ${repo}/keys/{key_id}`, { key_id });
  await ask(`DELETE ${repo}/keys/{key_id}`, { key_id });
  const tier = {
    value_type: 'single_select',
    allowed_values: ['gold', 'tin'],
    values_editable_by: 'org_and_repo_actors',
  };
  const named = { custom_property_name: 'tier' };
  await ask('PUT /orgs/{org}/properties/schema/{custom_property_name}', { ...named, ...tier }, owner());
  await ask('PATCH /orgs/{org}/properties/schema', { properties: [{ property_name: 'tier', ...tier }] }, owner());
  await ask('GET /orgs/{org}/properties/schema');
  await ask('GET /orgs/{org}/properties/schema/{custom_property_name}', named);
  const properties = [{ property_name: 'tier', value: 'gold' }];
  await ask('PATCH /orgs/{org}/properties/values', { repository_names: ['app'], properties }, owner());
  await ask('GET /orgs/{org}/properties/values');
  await ask(`PATCH ${repo}/properties/values`, { properties: [{ property_name: 'tier', value: 'tin' }] });
  expect(await ask(`GET ${repo}/properties/values`)).toEqual([{ property_name: 'tier', value: 'tin' }]);
  await ask('DELETE /orgs/{org}/properties/schema/{custom_property_name}', named, owner());
});

test('pull requests, reviews, statuses and checks', async () => {
  const { number: pull_number, head } = await acme.pull('alice', 'topic');
  const one = { pull_number };
  const path = `${repo}/pulls/{pull_number}`;
  const made = await ask(`GET ${path}`, one);
  expect(made.mergeable).toBe(true);
  await ask(`GET ${repo}/pulls`, { state: 'all', head: 'acme:topic' });
  await ask(`PATCH ${path}`, { ...one, title: 'Topic', body: 'Why' }, acme.tokens.alice);
  await acme.commit('alice', 'second', 'second.txt', 'second');
  await ask(`POST ${repo}/pulls`, { title: 'Second', head: 'second', base: 'main', draft: true }, acme.tokens.alice);
  for (const rest of ['files', 'commits', 'comments']) await ask(`GET ${path}/${rest}`, one);
  await ask(`POST ${path}/requested_reviewers`, { ...one, reviewers: ['bob'], team_reviewers: ['platform'] });
  await ask(`GET ${path}/requested_reviewers`, one);
  await ask(`GET ${path}`, one);
  await ask(`DELETE ${path}/requested_reviewers`, { ...one, reviewers: [], team_reviewers: ['platform'] });
  const review = await ask(`POST ${path}/reviews`, { ...one, event: 'APPROVE', body: 'Good' }, acme.tokens.bob);
  await ask(`GET ${path}/reviews`, one);
  await ask(`GET ${path}/reviews/{review_id}`, { ...one, review_id: review.id });
  await ask(`PUT ${path}/reviews/{review_id}/dismissals`, { ...one, review_id: review.id, message: 'Wait' });

  await ask(`POST ${repo}/statuses/{sha}`, {
    sha: head,
    state: 'success',
    context: 'ci',
    target_url: 'https://ci.test/1',
  });
  await ask(`GET ${repo}/commits/{ref}/status`, { ref: head });
  await ask(`GET ${repo}/commits/{ref}/statuses`, { ref: 'topic' });
  const annotations = [{ path: 'a.txt', start_line: 1, end_line: 2, annotation_level: 'warning', message: 'Hm' }];
  const output = { title: 'T', summary: 'S', annotations };
  const run = await ask(`POST ${repo}/check-runs`, { name: 'lint', head_sha: head, status: 'in_progress' }, app.token);
  const at = { check_run_id: run.id };
  await ask(`PATCH ${repo}/check-runs/{check_run_id}`, { ...at, conclusion: 'neutral', output }, app.token);
  await ask(`GET ${repo}/check-runs/{check_run_id}`, at);
  expect(await ask(`GET ${repo}/check-runs/{check_run_id}/annotations`, at)).toHaveLength(1);
  await ask(`GET ${repo}/commits/{ref}/check-runs`, { ref: head });
  const { check_suites: suites } = await ask(`GET ${repo}/commits/{ref}/check-suites`, { ref: head });
  await ask(`GET ${repo}/check-suites/{check_suite_id}`, { check_suite_id: suites[0].id });
  await ask(`GET ${repo}/check-suites/{check_suite_id}/check-runs`, { check_suite_id: suites[0].id });

  await acme.commit('carol', 'main', 'ahead.txt', 'ahead');
  await ask(`PUT ${path}/update-branch`, one);
  await ask(`PUT ${path}/merge`, { ...one, merge_method: 'squash' });
  await ask(`GET ${path}/merge`, one);
  await ask(`GET ${path}`, one);
});

test('secrets, variables, environments and deployments', async () => {
  await sodium.ready;
  await ask(`PUT ${repo}/environments/{environment_name}`, {
    environment_name: 'prod',
    wait_timer: 5,
    prevent_self_review: true,
    reviewers: [
      { type: 'User', id: acme.accountId('bob') },
      { type: 'Team', id: acme.forge.store.teams.values().next().value?.id },
    ],
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  const environment = { environment_name: 'prod' };
  const policies = `${repo}/environments/{environment_name}/deployment-branch-policies`;
  const { id: branch_policy_id } = await ask(`POST ${policies}`, { ...environment, name: 'release/*' });
  await ask(`GET ${policies}`, environment);
  await ask(`GET ${policies}/{branch_policy_id}`, { ...environment, branch_policy_id });
  await ask(`PUT ${policies}/{branch_policy_id}`, { ...environment, branch_policy_id, name: 'main' });
  await ask(`GET ${repo}/environments`);
  await ask(`GET ${repo}/environments/{environment_name}`, environment);
  for (const [base, token] of [
    [`${repo}/actions`, acme.tokens.carol],
    [`${repo}/environments/{environment_name}`, acme.tokens.carol],
    ['/orgs/{org}/actions', owner()],
  ] as const) {
    const organization = base.startsWith('/orgs')
      ? { visibility: 'selected', selected_repository_ids: [acme.repository().id] }
      : {};
    const at = base.includes('environment_name') ? environment : organization;
    const { key, key_id } = await ask(`GET ${base}/secrets/public-key`, at, token);
    const sealed = sodium.crypto_box_seal('hidden', sodium.from_base64(key, sodium.base64_variants.ORIGINAL));
    const encrypted_value = sodium.to_base64(sealed, sodium.base64_variants.ORIGINAL);
    const secret = { ...at, secret_name: 'KEY' };
    await ask(`PUT ${base}/secrets/{secret_name}`, { ...secret, encrypted_value, key_id }, token);
    await ask(`GET ${base}/secrets`, at, token);
    await ask(`GET ${base}/secrets/{secret_name}`, secret, token);
    await ask(`DELETE ${base}/secrets/{secret_name}`, secret, token);
    const variable = { ...at, name: 'COLOUR' };
    await ask(`POST ${base}/variables`, { ...variable, value: 'red' }, token);
    await ask(`GET ${base}/variables`, at, token);
    await ask(`PATCH ${base}/variables/{name}`, { ...variable, value: 'blue' }, token);
    await ask(`GET ${base}/variables/{name}`, variable, token);
    await ask(`DELETE ${base}/variables/{name}`, variable, token);
  }
  await ask(`DELETE ${policies}/{branch_policy_id}`, { ...environment, branch_policy_id });
  const { id: deployment_id } = await ask(`POST ${repo}/deployments`, {
    ref: 'main',
    environment: 'dev',
    payload: { digest: 'x' },
    required_contexts: [],
  });
  const one = { deployment_id };
  await ask(`GET ${repo}/deployments`);
  await ask(`GET ${repo}/deployments/{deployment_id}`, one);
  const status = { ...one, state: 'success', environment_url: 'https://dev.test', log_url: 'https://log.test' };
  const { id: status_id } = await ask(`POST ${repo}/deployments/{deployment_id}/statuses`, status);
  await ask(`GET ${repo}/deployments/{deployment_id}/statuses`, one);
  await ask(`GET ${repo}/deployments/{deployment_id}/statuses/{status_id}`, { ...one, status_id });
  await ask(`DELETE ${repo}/deployments/{deployment_id}`, one);
});

/** The run of a dispatch of ci.yml with one job, as a runner would open it. */
async function openRun(): Promise<{ run: RunRecord; job: JobRecord }> {
  for await (const command of acme.runs.commands(AbortSignal.timeout(10_000))) {
    if (command.kind !== 'event') continue;
    const wanted = { path: '.github/workflows/ci.yml', workflowName: 'CI', title: 'by hand' };
    const [run] = await acme.runs.openRuns(command.event.id, [wanted]);
    if (run === undefined) continue;
    const [job] = await acme.runs.openJobs(run.id, [{ name: 'build', jobId: 'build', labels: ['ubuntu-latest'] }]);
    if (job !== undefined) return { run, job };
  }
  throw new Error('no run was opened');
}

test('workflows, runs, jobs, logs and what waits for approval', async () => {
  const text =
    'name: CI\non: { workflow_dispatch: {} }\njobs: { build: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }\n';
  const content = Buffer.from(text).toString('base64');
  await ask(`PUT ${repo}/contents/{path}`, { path: '.github/workflows/ci.yml', message: 'CI', content });
  await ask(`GET ${repo}/actions/workflows`);
  const workflow = { workflow_id: 'ci.yml' };
  await ask(`GET ${repo}/actions/workflows/{workflow_id}`, workflow);
  await ask(`PUT ${repo}/actions/workflows/{workflow_id}/disable`, workflow);
  await ask(`PUT ${repo}/actions/workflows/{workflow_id}/enable`, workflow);
  await ask(`POST ${repo}/dispatches`, { event_type: 'rung', client_payload: { a: 1 } });
  await ask(`POST ${repo}/actions/workflows/{workflow_id}/dispatches`, { ...workflow, ref: 'main' });
  const { run, job } = await openRun();
  const one = { run_id: run.id };
  await ask(`PUT ${repo}/environments/{environment_name}`, {
    environment_name: 'gated',
    reviewers: [{ type: 'User', id: acme.accountId('bob') }],
    prevent_self_review: false,
    deployment_branch_policy: null,
  });
  const entering = acme.runs.enterEnvironment(job.id, { name: 'gated', deployment: true }, AbortSignal.timeout(10_000));
  await ask(`POST ${repo}/actions/runs/{run_id}/cancel`, one);
  const [waiting] = await ask(`GET ${repo}/actions/runs/{run_id}/pending_deployments`, one, acme.tokens.bob);
  const approval = { ...one, environment_ids: [waiting.environment.id], state: 'approved', comment: 'Go' };
  await ask(`POST ${repo}/actions/runs/{run_id}/pending_deployments`, approval, acme.tokens.bob);
  expect(await entering).toEqual({ entered: true });
  await ask(`GET ${repo}/actions/runs/{run_id}/approvals`, one);
  const at = new Date().toISOString();
  const step = {
    number: 1,
    name: 'Run true',
    status: 'completed',
    conclusion: 'success',
    startedAt: at,
    completedAt: at,
    fidelity: 'real',
  } as const;
  await acme.runs.setJob(job.id, { status: 'in_progress', runnerName: 'lab' });
  acme.runs.log(job.id, `${at} done\n`);
  await acme.runs.setJob(job.id, { status: 'completed', conclusion: 'failure', steps: [step] });
  await acme.runs.setRun(run.id, { status: 'completed', conclusion: 'failure' });
  await ask(`GET ${repo}/actions/runs`);
  await ask(`GET ${repo}/actions/workflows/{workflow_id}/runs`, workflow);
  await ask(`GET ${repo}/actions/runs/{run_id}`, one);
  await ask(`GET ${repo}/actions/runs/{run_id}/jobs`, one);
  await ask(`GET ${repo}/actions/jobs/{job_id}`, { job_id: job.id });
  await ask(`GET ${repo}/actions/runs/{run_id}/artifacts`, one);
  const repositoryId = acme.repository().id;
  const common = { repositoryId, size: 3, blob: '0'.repeat(32), createdAt: '2026-01-01T00:00:00Z' };
  const times = { updatedAt: common.createdAt, expiresAt: '2100-01-01T00:00:00Z' };
  const artifact = { runId: run.id, attempt: 1, jobId: 1, name: 'a', digest: null, mimeType: 'application/zip' };
  const cache = { ref: 'refs/heads/main', version: 'v', accessedAt: common.createdAt };
  acme.forge.store.transaction(() => {
    acme.forge.store.artifacts.put({ id: 1, ...common, ...artifact, ...times });
    for (const id of [1, 2]) acme.forge.store.caches.put({ id, key: `k${id}`, ...common, ...cache });
  });
  await ask(`GET ${repo}/actions/artifacts`);
  await ask(`GET ${repo}/actions/artifacts/{artifact_id}`, { artifact_id: 1 });
  await ask(`GET ${repo}/actions/artifacts/{artifact_id}/zip`, { artifact_id: 1 });
  await ask(`DELETE ${repo}/actions/artifacts/{artifact_id}`, { artifact_id: 1 });
  await ask(`GET ${repo}/actions/caches`, { sort: 'size_in_bytes' });
  await ask(`GET ${repo}/actions/cache/usage`);
  await ask('GET /orgs/{org}/actions/cache/usage', { org: 'acme' });
  await ask('GET /orgs/{org}/actions/cache/usage-by-repository', { org: 'acme' });
  await ask(`DELETE ${repo}/actions/caches/{cache_id}`, { cache_id: 1 });
  await ask(`DELETE ${repo}/actions/caches{?key}`, { key: 'k2' });
  await ask(`POST ${repo}/actions/jobs/{job_id}/rerun`, { job_id: job.id });
  await acme.runs.setRun(run.id, { status: 'completed', conclusion: 'failure' });
  await ask(`POST ${repo}/actions/runs/{run_id}/rerun-failed-jobs`, one).catch(() => {});
  await acme.runs.setRun(run.id, { status: 'completed', conclusion: 'failure' });
  await ask(`POST ${repo}/actions/runs/{run_id}/rerun`, one);
  await ask(`GET ${repo}/actions/runs/{run_id}/attempts/{attempt_number}`, { ...one, attempt_number: 1 });
  await ask(`GET ${repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs`, { ...one, attempt_number: 1 });
  await ask(`POST ${repo}/actions/runs/{run_id}/force-cancel`, one);
  await acme.runs.setRun(run.id, { status: 'completed', conclusion: 'cancelled' });
  await ask(`DELETE ${repo}/actions/runs/{run_id}`, one);
});

test('refusals have GitHub’s shape', async () => {
  for (const [method, path, body, status] of [
    ['GET', '/repos/acme/none', undefined, 404],
    ['GET', '/repos/acme/app/pulls/999', undefined, 404],
    ['POST', '/repos/acme/app/pulls', { title: 'x', head: 'none', base: 'main' }, 422],
    ['POST', '/repos/acme/app/issues', {}, 422],
    ['POST', '/repos/acme/app/git/refs', { ref: 'heads/x', sha: acme.tip('main') }, 422],
    ['PUT', '/repos/acme/app/contents/README.md', { message: 'x', content: '' }, 422],
    ['GET', '/repos/acme/app/branches/main/protection', undefined, 404],
    ['POST', '/repos/acme/app/deployments', { ref: 'nowhere' }, 422],
  ] as const)
    await acme.ask('carol', method, path, body, status);
  await acme.ask(undefined, 'GET', '/user', undefined, 401);
});

/** Routes that other tests of the forge ask through Octokit, as their sources write them: `'GET ${repo}/hooks'`. */
function routesAskedElsewhere(): readonly string[] {
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
  return files.flatMap((name) => {
    const text = readFileSync(new URL(name, folder), 'utf8');
    if (!text.includes('octokitAsker')) return [];
    const routes = text.matchAll(/['"`]((?:GET|POST|PUT|PATCH|DELETE) (?:\/|\$\{repo\})[^'"`]*)['"`]/g);
    return [...routes].map(([, route = '']) => route.replace('${repo}', '/repos/*/*').replace(/\{[^}]+\}/g, '*'));
  });
}

test('no route is left out', () => {
  // Not GitHub's REST description: the forge's own ends of redirects and the token service; texts without a schema.
  const unasked = [
    /\/logs/,
    /^GET \/actions\/id-token/,
    /\.well-known/,
    /^GET \/zen/,
    /^GET \/_lab\//,
    /^GET \/_archives\//,
    /\/(tarball|zipball)$/,
    /oidc/,
    /\/protection$/,
    /\/contents\/?$/,
    /^GET \/users\/\*\/installation/,
  ];
  const mounted = acme.app.routes
    .filter(({ method, path }) => method !== 'ALL' && path !== '/graphql' && !path.endsWith('*'))
    .map(({ method, path }) => `${method} ${path.replace(/:[a-z_]+(?:\{[^}]*\})?/gi, '*')}`);
  const literal = (route: string) =>
    new RegExp(`^${route.replace(/[.?+^$[\]\\(){}|]/g, '\\$&').replaceAll('*', '[^ ]+')}$`);
  const asked = [...answered, ...routesAskedElsewhere()];
  const missing = [...new Set(mounted)].filter(
    (route) => !unasked.some((one) => one.test(route)) && !asked.some((one) => literal(route).test(one)),
  );
  expect(missing).toEqual([]);
  expect(acme.faults).toEqual([]);
});

test('the repositories are whole', async () => {
  const folder = repositoryFolder(acme.forge, acme.repository().id);
  expect(await git(['fsck', '--no-dangling', '--no-progress'], repositoryGit(folder))).toBe('');
});
