import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArtifactClient } from '@actions/artifact';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { WorkflowEvent } from '../../protocol/event.ts';
import type { JobGrant, RunRecord } from '../../protocol/run.ts';
import { openWorld, type World } from '../actions/testing/world.ts';

let world: World;
let server: Server;
let origin: string;
let home: string;
let client: ArtifactClient;
let restoreCache: typeof import('@actions/cache').restoreCache;
let saveCache: typeof import('@actions/cache').saveCache;
const repo = '/repos/acme/app';

beforeAll(async () => {
  world = await openWorld();
  server = createServer((message, response) => world.running.listener(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  home = await mkdtemp(join(tmpdir(), 'clients-'));
  // GitHub's clients read where the API is when they are loaded.
  vi.stubEnv('GITHUB_API_URL', `${origin}/api/v3`);
  client = new (await import('@actions/artifact')).DefaultArtifactClient();
  ({ restoreCache, saveCache } = await import('@actions/cache'));
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await world.close();
  await rm(home, { recursive: true, force: true });
});
// GitHub's clients print what they do.
beforeEach(() => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  return () => {
    write.mockRestore();
    vi.unstubAllEnvs();
  };
});

async function newRun(branch = 'main', change: Partial<WorkflowEvent> = {}): Promise<RunRecord> {
  await world.push(branch, { 'a.txt': String(Math.random()) });
  const event = { ...(await world.nextEvent('push')), ...change };
  const { store } = world.running.forge;
  store.transaction(() => store.outbox.put({ id: event.id, command: { kind: 'event', event } }));
  return world.openRun(event);
}

/** Sends a request with headers that no client of GitHub's would send. */
function raw(path: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}${path}`, { method: 'POST', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end('{}');
  });
}

/** A job that runs, with its environment in this process: GitHub's clients read it from there. */
async function startJob(run: RunRecord, name: string): Promise<{ id: number; grant: JobGrant }> {
  const { runs } = world.running;
  const [job] = await runs.openJobs(run.id, [{ name, jobId: name, labels: [] }]);
  const id = job?.id ?? 0;
  await runs.setJob(id, { status: 'in_progress' });
  const grant = await runs.grant({ jobId: id, permissions: { actions: 'read' }, jobWorkflowRef: 'x' });
  enter(grant);
  return { id, grant };
}

function enter(grant: JobGrant): void {
  for (const [key, value] of Object.entries({
    ACTIONS_RUNTIME_TOKEN: grant.runtime?.token ?? '',
    ACTIONS_RESULTS_URL: `${origin}/`,
    ACTIONS_CACHE_SERVICE_V2: 'True',
    GITHUB_WORKSPACE: home,
    GITHUB_RETENTION_DAYS: '90',
    RUNNER_TEMP: home,
  }))
    vi.stubEnv(key, value);
}

test('GitHub’s artifact client uploads, lists, downloads and deletes within a run', async () => {
  const run = await newRun();
  await startJob(run, 'one');
  await mkdir(join(home, 'up/deep'), { recursive: true });
  await writeFile(join(home, 'up/a.txt'), 'a'.repeat(100_000));
  await writeFile(join(home, 'up/deep/b.txt'), 'b');
  const files = [join(home, 'up/a.txt'), join(home, 'up/deep/b.txt')];
  const up = await client.uploadArtifact('both', files, join(home, 'up'), { retentionDays: 3 });
  expect(up.digest).toMatch(/^[0-9a-f]{64}$/);
  await expect(client.uploadArtifact('both', files, join(home, 'up'))).rejects.toThrow(
    '(409) Conflict: an artifact with this name already exists on the workflow run',
  );
  const { artifacts } = await client.listArtifacts();
  expect(artifacts).toMatchObject([{ name: 'both', id: up.id, size: up.size, digest: `sha256:${up.digest}` }]);
  const into = join(home, 'down');
  const down = await client.downloadArtifact(up.id ?? 0, { path: into, expectedHash: `sha256:${up.digest}` });
  expect(down.digestMismatch).toBe(false);
  expect(await readFile(join(into, 'deep/b.txt'), 'utf8')).toBe('b');
  expect((await readFile(join(into, 'a.txt'))).length).toBe(100_000);
  expect(await client.deleteArtifact('both')).toEqual({ id: up.id });
  expect((await client.listArtifacts()).artifacts).toEqual([]);
});

test('a large upload comes in blocks, and another run gets it by token and never by name alone', async () => {
  const run = await newRun();
  const first = await startJob(run, 'one');
  const noise = Buffer.alloc(20_000_000);
  for (let at = 0; at < noise.length; at += 4) noise.writeInt32LE(Math.imul(at, 2654435761) | 0, at);
  await writeFile(join(home, 'noise'), noise);
  const up = await client.uploadArtifact('noise', [join(home, 'noise')], home, { compressionLevel: 0 });
  await world.running.runs.setJob(first.id, { status: 'completed', conclusion: 'success' });
  await expect(client.listArtifacts()).rejects.toThrow('(401)');

  const other = await newRun();
  const { grant } = await startJob(other, 'one');
  expect((await client.listArtifacts()).artifacts).toEqual([]);
  const findBy = {
    token: grant.token,
    workflowRunId: run.id,
    repositoryOwner: 'acme',
    repositoryName: 'app',
  };
  const { artifact } = await client.getArtifact('noise', { findBy });
  expect(artifact).toMatchObject({ id: up.id, digest: `sha256:${up.digest}` });
  await client.downloadArtifact(artifact.id, { path: join(home, 'across'), findBy });
  expect((await readFile(join(home, 'across/noise'))).equals(noise)).toBe(true);
});

test('REST shows artifacts, leads to their bytes, and says when they are gone', async () => {
  const run = await newRun();
  await startJob(run, 'one');
  const { id } = await client.uploadArtifact('kept', [join(home, 'noise')], home, { retentionDays: 1 });
  const get = (path: string, token: string | undefined = world.tokens.bob): Promise<Response> =>
    world.api('GET', `${repo}/actions/${path}`, token);
  expect(await (await get('artifacts?name=kept')).json()).toMatchObject({ total_count: 1, artifacts: [{ id }] });
  expect(await (await get(`runs/${run.id}/artifacts`)).json()).toMatchObject({ total_count: 1 });
  const zip = await get(`artifacts/${id}/zip`);
  expect(zip.status).toBe(302);
  expect(zip.headers.get('location')).toMatch(/^https:\/\/productionresultssa0\.blob\.core\.windows\.net\/.*sig=/);
  const path = new URL(zip.headers.get('location') ?? '');
  const bytes = await fetch(`${origin}${path.pathname}${path.search}`);
  expect(bytes.headers.get('content-disposition')).toContain('kept.zip');
  expect((await bytes.arrayBuffer()).byteLength).toBeGreaterThan(1000);
  const forged = await fetch(`${origin}${path.pathname}${path.search.replace('sp=r', 'sp=w')}`, { method: 'PUT' });
  expect(forged.status).toBe(403);
  const row = world.running.forge.store.artifacts.get(Number(id));
  world.running.forge.store.transaction(() =>
    world.running.forge.store.artifacts.put({ ...row, expiresAt: '2025-01-01T00:00:00Z' } as never),
  );
  expect(await (await get(`artifacts/${id}`)).json()).toMatchObject({ expired: true });
  expect((await get(`artifacts/${id}/zip`)).status).toBe(410);
  expect((await world.api('DELETE', `${repo}/actions/artifacts/${id}`, world.tokens.bob)).status).toBe(204);
  expect((await get(`artifacts/${id}`)).status).toBe(404);
});

test('GitHub’s cache client saves once, and restores by key, by prefix newest first, and by branch', async () => {
  const file = join(home, 'cached.txt');
  await writeFile(file, 'from main');
  await startJob(await newRun(), 'one');
  expect(await restoreCache([file], 'deps-1', ['deps-'])).toBeUndefined();
  expect(await saveCache([file], 'deps-1')).toBeGreaterThan(0);
  expect(await saveCache([file], 'deps-1')).toBe(-1);
  world.clock.forward(1000);
  await writeFile(file, 'newer');
  expect(await saveCache([file], 'deps-2')).toBeGreaterThan(0);
  await rm(file);
  expect(await restoreCache([file], 'deps-3', ['other-', 'deps-'])).toBe('deps-2');
  expect(await readFile(file, 'utf8')).toBe('newer');
  expect(await restoreCache([file], 'deps-1')).toBe('deps-1');
  expect(await readFile(file, 'utf8')).toBe('from main');
  expect(await restoreCache([file, join(home, 'more')], 'deps-1')).toBeUndefined();

  await startJob(await newRun('topic'), 'one');
  expect(await restoreCache([file], 'deps-1')).toBe('deps-1');
  await saveCache([file], 'topic-1');
  await saveCache([file], 'deps-1');

  await startJob(await newRun(), 'one');
  expect(await restoreCache([file], 'topic-1')).toBeUndefined();

  const list = await world.api('GET', `${repo}/actions/caches?key=deps-&ref=refs/heads/main`, world.tokens.bob);
  expect(await list.json()).toMatchObject({ total_count: 2 });
  expect(await (await world.api('GET', `${repo}/actions/cache/usage`, world.tokens.bob)).json()).toMatchObject({
    full_name: 'acme/app',
    active_caches_count: 4,
  });
  const gone = await world.api('DELETE', `${repo}/actions/caches?key=deps-1`, world.tokens.bob);
  expect(await gone.json()).toMatchObject({ total_count: 2 });
  expect(await restoreCache([file], 'deps-1')).toBeUndefined();
  world.clock.forward(8 * 86_400_000);
  await startJob(await newRun(), 'one');
  expect(await restoreCache([file], 'deps-2')).toBeUndefined();
});

test('a pull request reads the caches of its base branch, and keeps its own to itself', async () => {
  const file = join(home, 'pull.txt');
  await writeFile(file, 'from dev');
  const pull = { name: 'pull_request', ref: 'refs/pull/7/merge', headRef: 'topic', baseRef: 'dev' };
  await startJob(await newRun('dev'), 'one');
  await saveCache([file], 'of-dev');
  await startJob(await newRun('main', pull), 'one');
  expect(await restoreCache([file], 'of-dev')).toBe('of-dev');
  await saveCache([file], 'of-pull');
  expect(await restoreCache([file], 'of-pull')).toBe('of-pull');
  await startJob(await newRun('main', { ...pull, ref: 'refs/pull/8/merge', baseRef: 'main' }), 'one');
  expect(await restoreCache([file], 'of-pull')).toBeUndefined();
  expect(await restoreCache([file], 'of-dev')).toBeUndefined();
  await startJob(await newRun('dev'), 'one');
  expect(await restoreCache([file], 'of-pull')).toBeUndefined();
});

test('whoever has no token of a running job is refused, whatever the host is called', async () => {
  const list = '/twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts';
  for (const host of ['a:b:c', '[', 'results-receiver.actions.githubusercontent.com'])
    expect(await raw(list, host)).toBe(401);
  expect(await raw('/twirp/github.actions.results.api.v1.NoService/Do', 'x')).toBe(404);
  expect(await raw(`/actions-results/${'0'.repeat(32)}?sig=x`, 'a:b:c')).toBe(403);
  expect(await raw('/actions-results/../../etc/passwd?sig=x', 'x')).toBe(404);
});
