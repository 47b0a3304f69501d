import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WorkflowEvent } from '../../protocol/event.ts';
import type { JobRecord } from '../../protocol/run.ts';
import { setValue } from './scoped-value.ts';
import { openWorld, type World } from './testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const listening = 'on: [push, pull_request, pull_request_target]\njobs: {}\n';
const workflow = { '.github/workflows/ci.yml': listening };
const jobWorkflowRef = 'acme/app/.github/workflows/ci.yml@refs/heads/main';

async function ask(method: string, path: string, token: string, body?: unknown, status = 200) {
  const answer = await world.api(method, path, token, body);
  const text = await answer.text();
  expect({ path, status: answer.status, text }).toMatchObject({ status });
  return text === '' ? {} : JSON.parse(text);
}

async function jobOf(event: WorkflowEvent, names: readonly string[] = ['build']): Promise<readonly JobRecord[]> {
  const run = await world.openRun(event);
  return world.running.runs.openJobs(
    run.id,
    names.map((name) => ({ name, jobId: name, labels: [] })),
  );
}

const enter = (jobId: number, name: string) =>
  world.running.runs.enterEnvironment(jobId, { name, deployment: true }, new AbortController().signal);

/** guest's fork of acme/app with an open pull request. */
async function forkPull(): Promise<string> {
  await world.push('main', workflow);
  const { admin } = world.running;
  admin.createUser('guest');
  admin.addCollaborator('acme/app', 'guest', 'read');
  const guest = admin.createToken('guest');
  await ask('POST', '/repos/acme/app/forks', guest, {}, 202);
  const content = Buffer.from('evil').toString('base64');
  await ask('PUT', '/repos/guest/app/contents/evil.txt', guest, { message: 'x', content, branch: 'main' }, 201);
  await ask('POST', '/repos/acme/app/pulls', guest, { title: 'x', head: 'guest:main', base: 'main' }, 201);
  return guest;
}

test('a fork’s pull request is granted no secret, no writing and no identity token, whatever its workflow asks', async () => {
  await forkPull();
  const { forge, runs } = world.running;
  const { id, ownerId } = world.repository;
  forge.store.transaction(() => {
    setValue(forge, 'secrets', { scope: 'repository', scopeId: id }, 'KEY', 'of the repository');
    setValue(forge, 'secrets', { scope: 'organization', scopeId: ownerId }, 'ORG_KEY', 'of the organisation');
    setValue(forge, 'variables', { scope: 'repository', scopeId: id }, 'PLAIN', 'seen');
  });
  const event = await world.nextEvent('pull_request');
  expect(event).toMatchObject({ fromFork: true, ref: 'refs/pull/1/merge' });
  const [job] = await jobOf(event);
  expect(await enter(job?.id ?? 0, 'prod')).toEqual({ entered: true });
  const environment = forge.store.environments.by('repository', id)[0];
  setValue(forge, 'secrets', { scope: 'environment', scopeId: environment?.id ?? 0 }, 'ENV_KEY', 'of the environment');
  const grant = await runs.grant({
    jobId: job?.id ?? 0,
    permissions: { contents: 'write', 'id-token': 'write', statuses: 'write', actions: 'none' },
    environment: { name: 'prod' },
    jobWorkflowRef,
  });
  expect(grant.secrets).toEqual({});
  expect(grant.idToken).toBeUndefined();
  expect(grant.permissions).toEqual({ contents: 'read', statuses: 'read', metadata: 'read' });
  const write = await world.api('PUT', '/repos/acme/app/contents/x', grant.token, { message: 'x', content: '' });
  expect(write.status).toBe(403);
  const status = { state: 'success', context: 'forged' };
  expect((await world.api('POST', `/repos/acme/app/statuses/${event.headSha}`, grant.token, status)).status).toBe(403);
  expect((await world.api('GET', '/repos/acme/app/actions/secrets', grant.token)).status).toBe(403);

  const target = await world.nextEvent('pull_request_target');
  const [trusted] = await jobOf(target);
  const own = await runs.grant({ jobId: trusted?.id ?? 0, permissions: undefined, jobWorkflowRef });
  expect(own.secrets).toEqual({ KEY: 'of the repository', ORG_KEY: 'of the organisation' });
  expect(target.ref).toBe('refs/heads/main');
});

test('an environment’s secrets are not granted to a job that it has not let in', async () => {
  await world.push('main', workflow);
  const [job] = await jobOf(await world.nextEvent('push'));
  const request = { jobId: job?.id ?? 0, permissions: undefined, environment: { name: 'prod' }, jobWorkflowRef };
  await expect(world.running.runs.grant(request)).rejects.toMatchObject({ code: 'PERMISSION_MISSING' });
});

test('a tag policy lets tags in and branches not; protected branches are those that a rule guards', async () => {
  await world.push('main', workflow);
  const path = '/repos/acme/app/environments/release';
  const custom = { deployment_branch_policy: { protected_branches: false, custom_branch_policies: true } };
  await ask('PUT', path, world.tokens.alice, custom);
  await ask('POST', `${path}/deployment-branch-policies`, world.tokens.alice, { name: 'v*', type: 'tag' });
  const [onMain] = await jobOf(await world.nextEvent('push'));
  expect(await enter(onMain?.id ?? 0, 'release')).toEqual({
    entered: false,
    reason: 'Branch "main" is not allowed to deploy to release due to environment protection rules.',
  });
  const sha = await world.push('main', { 'b.txt': 'b' });
  for (const tag of ['v1', 'other'])
    await ask('POST', '/repos/acme/app/git/refs', world.tokens.alice, { ref: `refs/tags/${tag}`, sha }, 201);
  const verdicts = new Map<string, boolean>();
  for (let count = 0; count < 3; count += 1) {
    const event = await world.nextEvent('push');
    const [job] = await jobOf(event);
    if (event.ref.startsWith('refs/tags/')) verdicts.set(event.ref, (await enter(job?.id ?? 0, 'release')).entered);
  }
  expect(Object.fromEntries(verdicts)).toEqual({ 'refs/tags/v1': true, 'refs/tags/other': false });

  const guarded = { deployment_branch_policy: { protected_branches: true, custom_branch_policies: false } };
  await ask('PUT', '/repos/acme/app/environments/guarded', world.tokens.alice, guarded);
  const conditions = { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } };
  const rules = [{ type: 'deletion' }];
  const ruleset = { name: 'main', target: 'branch', enforcement: 'active', conditions, rules };
  await ask('POST', '/repos/acme/app/rulesets', world.tokens.alice, ruleset, 201);
  for (const [branch, entered] of [
    ['main', true],
    ['topic', false],
  ] as const) {
    await world.push(branch, { [`${branch}.md`]: branch });
    const [job] = await jobOf(await world.nextEvent('push'));
    expect(await enter(job?.id ?? 0, 'guarded')).toMatchObject({ entered });
  }
});

test('one job is run again as an attempt of its own, with the outputs of those before', async () => {
  await world.push('main', workflow);
  const { runs, forge } = world.running;
  const jobs = await jobOf(await world.nextEvent('push'), ['build', 'test']);
  const [build, second] = jobs;
  if (build === undefined || second === undefined) throw new Error('no jobs');
  await ask('POST', `/repos/acme/app/actions/jobs/${second.id}/rerun`, world.tokens.bob, {}, 403);
  await runs.setJob(build.id, { status: 'completed', conclusion: 'success', outputs: { digest: 'abc' } });
  await runs.setJob(second.id, { status: 'completed', conclusion: 'failure' });
  await runs.setRun(build.runId, { status: 'completed', conclusion: 'failure' });
  await ask('POST', `/repos/acme/app/actions/jobs/${second.id}/rerun`, world.tokens.bob, {}, 201);
  await ask('POST', `/repos/acme/app/actions/jobs/${second.id}/rerun`, world.tokens.bob, {}, 403);
  const command = await world.next();
  expect(command).toMatchObject({
    kind: 'rerun',
    jobs: second.id,
    run: { attempt: 2, triggeringActor: { login: 'bob' } },
  });
  expect(await runs.previousJobs(build.runId)).toMatchObject([
    { name: 'build', outputs: { digest: 'abc' } },
    { name: 'test', conclusion: 'failure' },
  ]);
  expect(forge.store.runs.get(build.runId)).toMatchObject({ attempt: 2, status: 'queued', rerun: second.id });
});

test('a job’s deployment carries the URL that the job ended with', async () => {
  await world.push('main', workflow);
  const { runs, forge } = world.running;
  const [job] = await jobOf(await world.nextEvent('push'));
  await enter(job?.id ?? 0, 'prod');
  await runs.setJob(job?.id ?? 0, { status: 'in_progress' });
  const url = 'https://prod.acme.test/v2';
  await runs.setJob(job?.id ?? 0, { status: 'completed', conclusion: 'success', environmentUrl: url });
  expect([...forge.store.deploymentStatuses.values()].at(-1)).toMatchObject({ state: 'success', environmentUrl: url });
});

test('a repository is written into a folder as it was at a commit, and nowhere else', async () => {
  const sha = await world.push('main', { 'action.yml': 'name: x\n', 'src/run.js': 'run()\n' });
  await world.push('main', { 'later.txt': 'later' });
  const folder = mkdtempSync(join(tmpdir(), 'export-'));
  try {
    await world.running.runs.export('acme/app', sha, folder);
    expect(readFileSync(join(folder, 'src/run.js'), 'utf8')).toBe('run()\n');
    expect(() => readFileSync(join(folder, 'later.txt'))).toThrow();
    await expect(world.running.runs.export('acme/none', sha, folder)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    for (const bad of ['0'.repeat(40), '--output=x', 'main:src'])
      await expect(world.running.runs.export('acme/app', bad, folder)).rejects.toThrow();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
