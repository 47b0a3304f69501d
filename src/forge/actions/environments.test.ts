import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JobRecord } from '../../protocol/run.ts';
import { openWorld, type World } from './testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const environmentPath = '/repos/acme/app/environments/prod';

async function openJob(branch = 'main', token = world.tokens.alice): Promise<{ job: JobRecord; runId: number }> {
  await world.push(branch, { [`${branch}.txt`]: 'x' }, token);
  const run = await world.openRun(await world.nextEvent('push'));
  const [job] = await world.running.runs.openJobs(run.id, [{ name: 'deploy', jobId: 'deploy', labels: [] }]);
  if (job === undefined) throw new Error('no job was opened');
  return { job, runId: run.id };
}

const enter = (jobId: number, name = 'prod', signal = new AbortController().signal) =>
  world.running.runs.enterEnvironment(jobId, { name, deployment: true }, signal);

const deploymentStates = (): string[] =>
  [...world.running.forge.store.deploymentStatuses.values()].map((status) => status.state);

async function protect(settings: object): Promise<number> {
  const answer = await world.api('PUT', environmentPath, world.tokens.alice, settings);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { id: number }).id;
}

const accountId = (login: string): number => world.running.forge.store.accounts.by('login', login)[0]?.id ?? 0;

test('an unknown environment is made without protection; its deployment follows the job and retires the one before', async () => {
  const { runs } = world.running;
  const first = await openJob();
  expect(await enter(first.job.id)).toEqual({ entered: true });
  await runs.setJob(first.job.id, { status: 'in_progress' });
  await runs.setJob(first.job.id, { status: 'completed', conclusion: 'success' });
  expect(deploymentStates()).toEqual(['queued', 'in_progress', 'success']);
  const second = await openJob();
  await enter(second.job.id);
  await runs.setJob(second.job.id, { status: 'completed', conclusion: 'success' });
  expect(deploymentStates().slice(3)).toEqual(['queued', 'success', 'inactive']);
  const list = await (await world.api('GET', '/repos/acme/app/deployments?environment=prod', world.tokens.bob)).json();
  expect(list).toMatchObject([{ environment: 'prod', ref: 'main' }, { environment: 'prod' }]);
});

test('secrets of an environment are granted in it and nowhere else, over those of repository and organisation', async () => {
  const { runs, forge } = world.running;
  const { job } = await openJob();
  await enter(job.id);
  const environment = forge.store.environments.by('repository', world.repository.id)[0];
  const scopes = [
    ['organization', world.repository.ownerId],
    ['repository', world.repository.id],
    ['environment', environment?.id ?? 0],
  ] as const;
  forge.store.transaction(() => {
    for (const [scope, scopeId] of scopes) {
      const row = { scope, scopeId, createdAt: '', updatedAt: '' };
      forge.store.secrets.put({ ...row, id: forge.store.next('secrets'), name: 'SHARED', value: scope });
      forge.store.secrets.put({ ...row, id: forge.store.next('secrets'), name: scope.toUpperCase(), value: 'x' });
    }
  });
  const request = { jobId: job.id, permissions: {}, jobWorkflowRef: 'x' };
  expect((await runs.grant(request)).secrets).toEqual({ SHARED: 'repository', ORGANIZATION: 'x', REPOSITORY: 'x' });
  const inside = await runs.grant({ ...request, environment: { name: 'Prod' } });
  expect(inside.secrets).toMatchObject({ SHARED: 'environment', ENVIRONMENT: 'x' });
  await expect(runs.grant({ ...request, environment: { name: 'other' } })).rejects.toMatchObject({
    code: 'PERMISSION_MISSING',
  });
  const other = await openJob();
  await expect(runs.grant({ ...request, jobId: other.job.id, environment: { name: 'prod' } })).rejects.toMatchObject({
    code: 'PERMISSION_MISSING',
  });
});

test('only a listed reviewer approves, and not who started the run', async () => {
  const reviewers = ['alice', 'bob'].map((login) => ({ type: 'User', id: accountId(login) }));
  const id = await protect({ reviewers, prevent_self_review: true });
  const { job, runId } = await openJob();
  const entering = enter(job.id);
  const path = `/repos/acme/app/actions/runs/${runId}/pending_deployments`;
  const pending = await (await world.api('GET', path, world.tokens.alice)).json();
  expect(pending).toMatchObject([{ environment: { id, name: 'prod' }, current_user_can_approve: false }]);
  expect(world.running.forge.store.jobs.get(job.id)?.status).toBe('waiting');
  expect(world.running.forge.store.runs.get(runId)?.status).toBe('waiting');
  const approve = { environment_ids: [id], state: 'approved', comment: 'go' };
  expect((await world.api('POST', path, world.tokens.alice, approve)).status).toBe(422);
  expect((await world.api('POST', path, world.tokens.carol, approve)).status).toBe(422);
  expect((await world.api('POST', path, world.tokens.bob, approve)).status).toBe(200);
  expect(await entering).toEqual({ entered: true });
  expect(deploymentStates()).toEqual(['waiting', 'queued']);
  const approvals = await (
    await world.api('GET', `/repos/acme/app/actions/runs/${runId}/approvals`, world.tokens.bob)
  ).json();
  expect(approvals).toMatchObject([{ state: 'approved', comment: 'go', user: { login: 'bob' } }]);
});

test('a rejection refuses the job, and what was waited for outlives a kill', async () => {
  const id = await protect({ reviewers: [{ type: 'User', id: accountId('bob') }] });
  const { job, runId } = await openJob();
  const controller = new AbortController();
  const killed = enter(job.id, 'prod', controller.signal);
  controller.abort(new Error('the lab went down'));
  await expect(killed).rejects.toThrow('the lab went down');
  await world.reopen();
  const path = `/repos/acme/app/actions/runs/${runId}/pending_deployments`;
  const review = { environment_ids: [id], state: 'rejected', comment: '' };
  expect((await world.api('POST', path, world.tokens.bob, review)).status).toBe(200);
  expect(await enter(job.id)).toMatchObject({ entered: false });
  expect(deploymentStates()).toEqual(['waiting', 'failure']);
});

test('a wait timer lets a job in when its minutes are over', async () => {
  await protect({ wait_timer: 30 });
  const { job } = await openJob();
  let entered = false;
  const entering = enter(job.id).then((entry) => {
    entered = entry.entered;
  });
  world.clock.forward(29 * 60_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(entered).toBe(false);
  world.clock.forward(60_000);
  await entering;
  expect(entered).toBe(true);
});

test('a branch policy refuses other branches in GitHub words, and pull requests unless it names their ref', async () => {
  const custom = { protected_branches: false, custom_branch_policies: true };
  await protect({ deployment_branch_policy: custom });
  const policies = `${environmentPath}/deployment-branch-policies`;
  expect((await world.api('POST', policies, world.tokens.alice, { name: 'release/*' })).status).toBe(200);
  await world.push('main', { 'a.txt': 'a' });
  const refused = await openJob();
  expect(await enter(refused.job.id)).toEqual({
    entered: false,
    reason: 'Branch "main" is not allowed to deploy to prod due to environment protection rules.',
  });
  expect((await world.api('POST', policies, world.tokens.alice, { name: 'main' })).status).toBe(200);
  expect(await enter((await openJob()).job.id)).toEqual({ entered: true });
  const shown = await (await world.api('GET', environmentPath, world.tokens.bob)).json();
  expect(shown).toMatchObject({ deployment_branch_policy: custom, protection_rules: [{ type: 'branch_policy' }] });
  const both = { deployment_branch_policy: { protected_branches: true, custom_branch_policies: true } };
  expect((await world.api('PUT', environmentPath, world.tokens.alice, both)).status).toBe(422);
  expect((await world.api('PUT', environmentPath, world.tokens.bob, {})).status).toBe(403);
});
