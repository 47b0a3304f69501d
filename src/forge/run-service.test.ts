import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorld, type World } from './actions/testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

test('a push is yielded until its runs are opened, also after a kill, and opening them twice is the same', async () => {
  const sha = await world.push('main', { 'a.txt': 'a', '.github/workflows/ci.yml': 'on: push\njobs: {}\n' });
  const before = await world.nextEvent('push');
  await world.reopen();
  const event = await world.nextEvent('push');
  expect(event).toEqual(before);
  expect(event).toMatchObject({
    ref: 'refs/heads/main',
    sha,
    headSha: sha,
    workflowSha: sha,
    actor: { login: 'alice' },
  });
  expect(event.payload).toMatchObject({
    created: true,
    forced: false,
    commits: [{ id: sha }],
    head_commit: { id: sha },
  });
  // Webhooks are told which files a commit touches, workflows are not.
  expect(JSON.stringify(event.payload)).not.toContain('"added"');
  const run = { path: '.github/workflows/ci.yml', workflowName: 'CI', title: 'a change' };
  const opened = await world.running.runs.openRuns(event.id, [run]);
  expect(await world.running.runs.openRuns(event.id, [run])).toEqual(opened);
  expect(opened).toMatchObject([{ number: 1, attempt: 1, status: 'queued', headBranch: 'main', event: 'push' }]);
  await world.reopen();
  expect(await world.running.runs.unfinished()).toMatchObject([{ run: opened[0], event, jobs: [] }]);
});

test('reads workflows, files, refs and changed paths from git', async () => {
  const first = await world.push('main', { 'a.txt': 'a', '.github/workflows/ci.yml': 'on: push\n' });
  const second = await world.push('main', { 'b.txt': 'b' });
  const { runs } = world.running;
  await world.nextEvent('push');
  const created = await world.nextEvent('push');
  expect(await runs.changedFiles(created)).toEqual(['.github/workflows/ci.yml', 'a.txt']);
  await runs.openRuns(created.id, []);
  expect(await runs.changedFiles(await world.nextEvent('push'))).toEqual(['b.txt']);
  expect(await runs.workflows(created.repository, second)).toEqual([
    { path: '.github/workflows/ci.yml', text: 'on: push\n' },
  ]);
  expect(await runs.resolve('acme/app', 'main')).toBe(second);
  expect(await runs.resolve('acme/app', first)).toBe(first);
  expect(await runs.resolve('acme/app', 'nothing')).toBeUndefined();
  expect(await runs.readFile('acme/app', 'main', 'a.txt')).toBe('a');
  expect(await runs.readFile('acme/app', 'main', '../a.txt')).toBeUndefined();
});

test('jobs are check runs of the same id; a completed one keeps its conclusion and its token is void', async () => {
  const sha = await world.push('main', { 'a.txt': 'a' });
  const run = await world.openRun(await world.nextEvent('push'));
  const { runs } = world.running;
  const wanted = [{ name: 'build', jobId: 'build', labels: ['ubuntu-latest'] }];
  const [job] = await runs.openJobs(run.id, wanted);
  expect(await runs.openJobs(run.id, wanted)).toEqual([job]);
  const jobId = job?.id ?? 0;
  const check = world.running.forge.store.checkRuns.get(jobId);
  expect(check).toMatchObject({ appId: 15368, sha, name: 'build', status: 'queued' });
  const grant = await runs.grant({ jobId, permissions: { contents: 'read' }, jobWorkflowRef: 'x' });
  expect((await world.api('GET', '/repos/acme/app/actions/runs', grant.token)).status).toBe(403);
  expect(grant.permissions).toEqual({ contents: 'read', metadata: 'read' });
  runs.log(jobId, '2026-01-01T00:00:00.0000000Z hello\n');
  await runs.setJob(jobId, { status: 'completed', conclusion: 'failure' });
  await runs.setJob(jobId, { status: 'completed', conclusion: 'success' });
  expect(world.running.forge.store.checkRuns.get(jobId)).toMatchObject({ status: 'completed', conclusion: 'failure' });
  expect((await world.api('GET', '/repos/acme/app/actions/runs', grant.token)).status).toBe(401);
  await expect(runs.grant({ jobId, permissions: {}, jobWorkflowRef: 'x' })).rejects.toMatchObject({
    code: 'PERMISSION_MISSING',
  });
  const redirect = await world.api('GET', `/repos/acme/app/actions/jobs/${jobId}/logs`, world.tokens.bob);
  expect(redirect.status).toBe(302);
  const text = await world.api('GET', `/repos/acme/app/actions/jobs/${jobId}/logs/text`, world.tokens.bob);
  expect(await text.text()).toBe('2026-01-01T00:00:00.0000000Z hello\n');
});

test('a job token starts nothing by a push, but by a dispatch', async () => {
  const dispatchable = 'on:\n  workflow_dispatch:\n    inputs: { name: { required: true } }\njobs: {}\n';
  await world.push('main', { '.github/workflows/button.yml': dispatchable });
  const run = await world.openRun(await world.nextEvent('push'));
  const { runs, forge } = world.running;
  const [job] = await runs.openJobs(run.id, [{ name: 'build', jobId: 'build', labels: [] }]);
  const { token } = await runs.grant({ jobId: job?.id ?? 0, permissions: undefined, jobWorkflowRef: 'x' });
  await world.nextEvent('workflow_run');
  const waiting = forge.store.outbox.size;
  await world.push('main', { 'b.txt': 'b' }, token);
  expect(forge.store.outbox.size).toBe(waiting);
  const path = '/repos/acme/app/actions/workflows/button.yml/dispatches';
  const answer = await world.api('POST', path, token, { ref: 'main', inputs: { name: 'x' } });
  expect(answer.status).toBe(204);
  expect(await world.nextEvent('workflow_dispatch')).toMatchObject({
    actor: { login: 'github-actions[bot]' },
    ref: 'refs/heads/main',
    workflow: '.github/workflows/button.yml',
    payload: { inputs: { name: 'x' } },
  });
});

test('a run raises workflow_run on the default branch, and a chain of them ends after three', async () => {
  await world.push('main', { 'a.txt': 'a' });
  let event = await world.nextEvent('push');
  const { runs, forge } = world.running;
  for (let depth = 1; depth <= 4; depth += 1) {
    const run = await world.openRun(event);
    await runs.setRun(run.id, { status: 'in_progress' });
    await runs.setRun(run.id, { status: 'completed', conclusion: 'success' });
    await runs.setRun(run.id, { status: 'completed', conclusion: 'failure' });
    if (depth === 4) break;
    const actions: (string | undefined)[] = [];
    while (actions.at(-1) !== 'completed') {
      if (actions.length > 0) await runs.openRuns(event.id, []);
      event = await world.nextEvent('workflow_run');
      actions.push(event.action);
    }
    expect(actions).toEqual(['requested', 'in_progress', 'completed']);
    expect(event).toMatchObject({
      ref: 'refs/heads/main',
      depth,
      payload: { workflow_run: { conclusion: 'success' } },
    });
  }
  expect(forge.store.outbox.size).toBe(0);
});

test('a cancel and a rerun reach the runner once; a rerun that was lost by a kill is among the unfinished', async () => {
  await world.push('main', { 'a.txt': 'a' });
  const event = await world.nextEvent('push');
  const run = await world.openRun(event);
  const { runs } = world.running;
  for (const row of [...world.running.forge.store.outbox.values()]) await runs.openRuns(row.id, []);
  const path = `/repos/acme/app/actions/runs/${run.id}`;
  expect((await world.api('POST', `${path}/rerun`, world.tokens.bob)).status).toBe(403);
  expect((await world.api('POST', `${path}/cancel`, world.tokens.bob)).status).toBe(202);
  expect(await world.next()).toEqual({ kind: 'cancel', runId: run.id, force: false });
  const [job] = await runs.openJobs(run.id, [{ name: 'build', jobId: 'build', labels: [] }]);
  await runs.setJob(job?.id ?? 0, { status: 'completed', conclusion: 'failure', outputs: { a: '1' } });
  await runs.setRun(run.id, { status: 'completed', conclusion: 'failure' });
  expect((await world.api('POST', `${path}/cancel`, world.tokens.bob)).status).toBe(409);
  for (const row of [...world.running.forge.store.outbox.values()])
    if (row.command.kind === 'event') await runs.openRuns(row.id, []);
  expect((await world.api('POST', `${path}/rerun-failed-jobs`, world.tokens.bob)).status).toBe(201);
  expect(await runs.unfinished()).toEqual([]);
  await world.reopen();
  const { runs: again } = world.running;
  const commands = world.running.runs.commands(new AbortController().signal)[Symbol.asyncIterator]();
  let command = (await commands.next()).value;
  while (command?.kind === 'cancel') command = (await commands.next()).value;
  expect(command).toMatchObject({ kind: 'rerun', jobs: 'failed', event, run: { attempt: 2, status: 'queued' } });
  expect(await again.previousJobs(run.id)).toMatchObject([{ name: 'build', outputs: { a: '1' } }]);
});
