import { unzipSync } from 'fflate';
import sodium from 'libsodium-wrappers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorld, type World } from './testing/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const repo = '/repos/acme/app';

async function read(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}

test('workflow_dispatch judges its inputs by the workflow', async () => {
  const workflow = `name: Button
on:
  workflow_dispatch:
    inputs:
      service: { required: true }
      level: { type: choice, options: [low, high], default: low }
      dry: { type: boolean }
      count: { type: number, default: 3 }
jobs: {}
`;
  await world.push('main', { '.github/workflows/button.yml': workflow, '.github/workflows/other.yml': 'on: push\n' });
  const dispatch = async (inputs: object, ref = 'main', file = 'button.yml'): Promise<[number, string]> => {
    const path = `${repo}/actions/workflows/${file}/dispatches`;
    const answer = await world.api('POST', path, world.tokens.bob, { ref, inputs });
    return [answer.status, answer.status === 204 ? '' : String((await read(answer))['message'])];
  };
  expect(await dispatch({ service: 'api', nope: 1 })).toEqual([422, 'Unexpected inputs provided: ["nope"]']);
  expect(await dispatch({})).toEqual([422, "Required input 'service' not provided"]);
  expect(await dispatch({ service: 'api', level: 'mid' })).toEqual([
    422,
    "Provided value 'mid' for input 'level' not in the list of allowed values",
  ]);
  expect((await dispatch({ service: 'api', dry: 'maybe' }))[0]).toBe(422);
  expect((await dispatch({ service: 'api', count: 'many' }))[0]).toBe(422);
  expect(await dispatch({ service: 'api' }, 'nowhere')).toEqual([422, 'No ref found for: nowhere']);
  expect(await dispatch({}, 'main', 'other.yml')).toEqual([422, "Workflow does not have 'workflow_dispatch' trigger"]);
  expect((await dispatch({}, 'main', 'none.yml'))[0]).toBe(404);
  expect(await dispatch({ service: 'api', dry: true })).toEqual([204, '']);
  const { payload } = await world.nextEvent('workflow_dispatch');
  expect(payload['inputs']).toEqual({ service: 'api', level: 'low', dry: 'true', count: '3' });
  const list = await (await world.api('GET', `${repo}/actions/workflows`, world.tokens.bob)).json();
  expect(list).toMatchObject({ total_count: 3, workflows: [{ name: 'Button', state: 'active' }, {}, {}] });
  await world.api('PUT', `${repo}/actions/workflows/button.yml/disable`, world.tokens.bob);
  expect((await dispatch({ service: 'api' }))[0]).toBe(422);
});

test('a dispatch says which run it starts, where it is asked to or the version of the API always does', async () => {
  const workflow = 'name: Button\non: workflow_dispatch\njobs: {}\n';
  await world.push('main', { '.github/workflows/button.yml': workflow });
  const path = `${repo}/actions/workflows/button.yml/dispatches`;
  const start = async (body: object, version = '2022-11-28') => {
    const answer = await world.running.app.request(`https://api.github.com${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.tokens.bob}`, 'x-github-api-version': version },
      body: JSON.stringify({ ref: 'main', ...body }),
    });
    const said: Record<string, unknown> = answer.status === 204 ? {} : { ...(await read(answer)) };
    return { status: answer.status, said };
  };
  expect(await start({ return_run_details: false })).toEqual({ status: 204, said: {} });
  await world.openRun(await world.nextEvent('workflow_dispatch'));
  const { status, said } = await start({ return_run_details: true });
  const id = Number(said['workflow_run_id']);
  expect({ status, said }).toEqual({
    status: 200,
    said: {
      workflow_run_id: id,
      run_url: `https://api.github.com${repo}/actions/runs/${id}`,
      html_url: `https://github.com${repo.replace('/repos', '')}/actions/runs/${id}`,
    },
  });
  expect((await world.openRun(await world.nextEvent('workflow_dispatch'))).id).toBe(id);
  expect((await start({}, '2026-03-10')).said['workflow_run_id']).toBe(id + 1);
});

test('repository_dispatch takes ten keys and asks for contents: write', async () => {
  await world.push('main', { 'a.txt': 'a' });
  const payload = (keys: number): object => Object.fromEntries(Array.from({ length: keys }, (_, at) => [`k${at}`, at]));
  const send = async (keys: number, token = world.tokens.bob): Promise<number> => {
    const body = { event_type: 'bump', client_payload: payload(keys) };
    return (await world.api('POST', `${repo}/dispatches`, token, body)).status;
  };
  expect(await send(11)).toBe(422);
  expect(await send(10)).toBe(204);
  expect(await world.nextEvent('repository_dispatch')).toMatchObject({ action: 'bump', ref: 'refs/heads/main' });
  const reader = world.running.admin.createToken('bob', { permissions: { contents: 'read' } });
  expect(await send(1, reader)).toBe(403);
  expect((await world.api('POST', `${repo}/dispatches`, world.tokens.bob, {})).status).toBe(422);
});

test('secrets go in sealed and only their names come out', async () => {
  await sodium.ready;
  const base = `${repo}/actions/secrets`;
  const { key, key_id } = await read(await world.api('GET', `${base}/public-key`, world.tokens.alice));
  const publicKey = sodium.from_base64(String(key), sodium.base64_variants.ORIGINAL);
  const sealed = sodium.to_base64(sodium.crypto_box_seal('hush', publicKey), sodium.base64_variants.ORIGINAL);
  const put = async (name: string, body: object) =>
    (await world.api('PUT', `${base}/${name}`, world.tokens.alice, body)).status;
  expect(await put('token', { encrypted_value: sealed, key_id })).toBe(201);
  expect(await put('TOKEN', { encrypted_value: sealed, key_id })).toBe(204);
  expect(await put('OTHER', { encrypted_value: 'bm9uc2Vuc2U=', key_id })).toBe(422);
  expect(await put('GITHUB_X', { encrypted_value: sealed, key_id })).toBe(422);
  const list = await (await world.api('GET', base, world.tokens.alice)).json();
  expect(list).toMatchObject({ total_count: 1, secrets: [{ name: 'TOKEN' }] });
  expect(JSON.stringify(list)).not.toContain('hush');
  expect([...world.running.forge.store.secrets.values()]).toMatchObject([{ name: 'TOKEN', value: 'hush' }]);
  expect((await world.api('DELETE', `${base}/TOKEN`, world.tokens.alice)).status).toBe(204);
  expect((await world.api('DELETE', `${base}/TOKEN`, world.tokens.alice)).status).toBe(404);
});

test('variables of repository, environment and organisation', async () => {
  await world.api('PUT', `${repo}/environments/dev`, world.tokens.alice, {});
  const numeric = `/repositories/${world.repository.id}/environments/dev/variables`;
  for (const base of [`${repo}/actions/variables`, numeric]) {
    expect((await world.api('POST', base, world.tokens.alice, { name: 'a', value: '1' })).status).toBe(201);
    expect((await world.api('POST', base, world.tokens.alice, { name: 'A', value: '1' })).status).toBe(409);
    expect((await world.api('PATCH', `${base}/A`, world.tokens.alice, { value: '2' })).status).toBe(204);
    expect(await (await world.api('GET', `${base}/A`, world.tokens.alice)).json()).toMatchObject({
      name: 'A',
      value: '2',
    });
  }
  expect((await world.api('GET', '/orgs/acme/actions/variables', world.tokens.bob)).status).toBe(403);
});

test('deployments wait for contexts, keep their payload and can be deleted once inactive', async () => {
  const sha = await world.push('main', { 'a.txt': 'a' });
  const base = `${repo}/deployments`;
  const { forge } = world.running;
  forge.store.transaction(() =>
    forge.store.statuses.put({
      id: forge.store.next('statuses'),
      repositoryId: world.repository.id,
      sha,
      context: 'ci',
      state: 'pending',
      description: null,
      targetUrl: null,
      creatorId: 1,
      appId: null,
      createdAt: '2026-01-01T00:00:00Z',
    }),
  );
  const create = (body: object): Promise<Response> =>
    world.api('POST', base, world.tokens.bob, { ref: 'main', ...body });
  expect((await create({})).status).toBe(409);
  expect((await create({ ref: 'nowhere' })).status).toBe(422);
  const payload = { service: 'api' };
  const first = await read(await create({ required_contexts: [], environment: 'published', payload }));
  expect(first).toMatchObject({ sha, ref: 'main', payload, environment: 'published', production_environment: false });
  expect((await world.nextEvent('deployment')).payload).toMatchObject({ deployment: { id: first['id'] } });
  const mark = (id: unknown, state: string): Promise<Response> =>
    world.api('POST', `${base}/${id}/statuses`, world.tokens.bob, { state, description: 'done' });
  expect((await mark(first['id'], 'success')).status).toBe(201);
  expect((await mark(first['id'], 'nonsense')).status).toBe(422);
  const second = await read(await create({ required_contexts: [], environment: 'published', payload: 'text' }));
  expect(second['payload']).toBe('text');
  expect((await world.api('DELETE', `${base}/${first['id']}`, world.tokens.bob)).status).toBe(422);
  await mark(second['id'], 'success');
  const statuses = await (await world.api('GET', `${base}/${first['id']}/statuses`, world.tokens.bob)).json();
  expect(statuses).toMatchObject([{ state: 'inactive' }, { state: 'success' }]);
  expect((await world.api('DELETE', `${base}/${first['id']}`, world.tokens.bob)).status).toBe(204);
  const found = await (await world.api('GET', `${base}?sha=${sha}&environment=published`, world.tokens.bob)).json();
  expect(found).toMatchObject([{ id: second['id'] }]);
});

test('a deployment of a branch that is behind merges the default branch into it first', async () => {
  await world.push('main', { 'a.txt': 'a' });
  await world.push('topic', { 'b.txt': 'b' });
  await world.push('main', { 'a.txt': 'b' });
  const body = { ref: 'topic', required_contexts: [] };
  const merged = await world.api('POST', `${repo}/deployments`, world.tokens.bob, body);
  expect(merged.status).toBe(202);
  expect(await merged.json()).toEqual({ message: 'Auto-merged main into topic on deployment.' });
  expect((await world.api('POST', `${repo}/deployments`, world.tokens.bob, body)).status).toBe(201);
});

test('lists runs and jobs, packs logs by step, and shows earlier attempts', async () => {
  const sha = await world.push('main', { 'a.txt': 'a' });
  const run = await world.openRun(await world.nextEvent('push'));
  const { runs } = world.running;
  const [job] = await runs.openJobs(run.id, [{ name: 'build (a/b)', jobId: 'build', labels: ['x'] }]);
  const jobId = job?.id ?? 0;
  const step = { status: 'completed', conclusion: 'success', completedAt: null, fidelity: 'real' } as const;
  await runs.setJob(jobId, {
    status: 'in_progress',
    steps: [
      { ...step, number: 1, name: 'Set up job', startedAt: '2026-01-01T00:00:00Z' },
      { ...step, number: 2, name: 'Run make', startedAt: '2026-01-01T00:00:05Z' },
    ],
  });
  runs.log(jobId, '2026-01-01T00:00:01.0000000Z one\n2026-01-01T00:00:05.5000000Z two\n');
  await runs.setJob(jobId, { status: 'completed', conclusion: 'success' });
  await runs.setRun(run.id, { status: 'completed', conclusion: 'success' });
  const get = async (path: string) => (await world.api('GET', `${repo}/actions/${path}`, world.tokens.bob)).json();
  expect(await get('runs?branch=main&event=push&status=success&actor=alice&created=2026-01-01')).toMatchObject({
    total_count: 1,
    workflow_runs: [{ head_sha: sha, head_commit: { id: sha }, run_attempt: 1, conclusion: 'success' }],
  });
  for (const filter of ['branch=x', 'event=x', 'status=failure', 'actor=bob', 'created=<2026-01-01', 'head_sha=0'])
    expect(await get(`runs?${filter}`)).toMatchObject({ total_count: 0 });
  expect(await get(`runs/${run.id}/jobs`)).toMatchObject({ total_count: 1, jobs: [{ id: jobId, steps: [{}, {}] }] });
  const zip = await world.api('GET', `${repo}/actions/runs/${run.id}/logs/zip`, world.tokens.bob);
  expect(Object.keys(unzipSync(new Uint8Array(await zip.arrayBuffer())))).toEqual([
    '0_build (ab).txt',
    'build (ab)/1_Set up job.txt',
    'build (ab)/2_Run make.txt',
  ]);
  expect((await world.api('POST', `${repo}/actions/runs/${run.id}/rerun`, world.tokens.carol)).status).toBe(201);
  expect(await get(`runs/${run.id}`)).toMatchObject({
    run_attempt: 2,
    status: 'queued',
    actor: { login: 'alice' },
    triggering_actor: { login: 'carol' },
  });
  expect(await get(`runs/${run.id}/attempts/1`)).toMatchObject({ run_attempt: 1, conclusion: 'success' });
  expect(await get(`runs/${run.id}/attempts/1/jobs`)).toMatchObject({ total_count: 1 });
  expect(await get(`runs/${run.id}/jobs`)).toMatchObject({ total_count: 0 });
});

test('an identity token carries GitHub claims, only for its own job', async () => {
  await world.push('main', { 'a.txt': 'a' });
  const run = await world.openRun(await world.nextEvent('push'));
  const { runs } = world.running;
  const [job] = await runs.openJobs(run.id, [{ name: 'build', jobId: 'build', labels: [] }]);
  const jobId = job?.id ?? 0;
  const without = await runs.grant({ jobId, permissions: { contents: 'read' }, jobWorkflowRef: 'w' });
  expect(without.idToken).toBeUndefined();
  const { idToken } = await runs.grant({ jobId, permissions: { 'id-token': 'write' }, jobWorkflowRef: 'w' });
  const path = `${idToken?.url.replace('https://api.github.com', '')}&audience=sts`;
  const answer = await world.api('GET', path, idToken?.token);
  const claims = JSON.parse(
    Buffer.from(String((await read(answer))['value']).split('.')[1] ?? '', 'base64url').toString(),
  );
  expect(claims).toMatchObject({
    iss: 'https://token.actions.githubusercontent.com',
    aud: 'sts',
    sub: 'repo:acme/app:ref:refs/heads/main',
    job_workflow_ref: 'w',
  });
  expect((await world.api('GET', path, without.token)).status).toBe(401);
  expect((await world.api('GET', path.replace('claims=', 'claims=x'), idToken?.token)).status).toBe(401);
  await runs.setJob(jobId, { status: 'completed' });
  expect((await world.api('GET', path, idToken?.token)).status).toBe(401);
});
