import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../git/git.ts';
import type { Report } from '../protocol/report.ts';
import { type Lab, type LabOptions, openLab } from './lab.ts';

const run = promisify(execFile);
const ports: LabOptions['ports'] = {
  clock: { now: () => Date.now(), sleep: (ms) => setTimeout(ms) },
  random: (count) => randomBytes(count),
  env: process.env,
};
const digest = 'sha256:[0-9a-f]{64}';
const workflow = `
on: push
permissions: { contents: read, packages: write }
jobs:
  build:
    runs-on: ubuntu-latest
    outputs: { digest: "\${{ steps.image.outputs.digest }}" }
    steps:
      - uses: actions/checkout@v4
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with: { registry: ghcr.io, username: "\${{ github.actor }}", password: "\${{ github.token }}" }
      - uses: docker/build-push-action@v6
        id: image
        with: { context: ., push: true, tags: "ghcr.io/acme/app:\${{ github.sha }}" }
      - run: 'curl -sSf -H "authorization: token \${{ github.token }}" https://api.github.com/repos/acme/app | grep -q full_name'
      - run: curl -sS https://tracker.example/ || true
      - run: echo "built \${{ steps.image.outputs.digest }}"
  denied:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/build-push-action@v6
        with: { context: ., push: true, tags: "ghcr.io/acme/app:x" }
`;
const server = (version: string): string =>
  `require('node:http').createServer((q, r) => r.end('${version} ' + process.env.GREETING)).listen(process.env.PORT);`;

let home: string;
let lab: Lab;
let token: string;
let seen: Report[];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'lab-test-'));
  lab = await openLab({
    ports,
    standInBuilds: true,
    folder: join(home, 'lab'),
    grace: { interrupt: 200, terminate: 200 },
  });
  seen = [];
  lab.onReport((report) => seen.push(report));
  lab.admin.createUser('alice');
  lab.admin.createOrganization('acme', { admins: ['alice'] });
  token = lab.admin.createToken('alice', { scopes: ['repo', 'workflow', 'admin:org', 'write:packages'] });
  await api('POST', '/orgs/acme/repos', { name: 'app', private: true });
});
afterAll(async () => {
  await lab.close();
  rmSync(home, { recursive: true, force: true });
});

async function api(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await lab.fetch(`https://api.github.com${path}`, {
    method,
    headers: { authorization: `token ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

async function pushApp(version: string): Promise<string> {
  const folder = mkdtempSync(join(home, 'clone-'));
  mkdirSync(join(folder, '.github/workflows'), { recursive: true });
  writeFileSync(join(folder, '.github/workflows/build.yml'), workflow);
  writeFileSync(join(folder, 'server.js'), server(version));
  writeFileSync(
    join(folder, 'Dockerfile'),
    'FROM node:20\nENV GREETING=hello\nWORKDIR /srv\nCOPY server.js .\nEXPOSE 8080\nCMD ["node", "server.js"]\n',
  );
  const inFolder = (...args: string[]): Promise<string> => git(args, { cwd: folder, env: { ...lab.env() } });
  await inFolder('init', '-q', '-b', 'main');
  await inFolder('add', '.');
  await inFolder('-c', 'user.name=alice', '-c', 'user.email=a@acme.test', 'commit', '-qm', version);
  await inFolder('push', '-q', '--force', `https://x:${token}@github.com/acme/app.git`, 'main');
  await lab.idle();
  return folder;
}

const lines = (): string[] => seen.flatMap((report) => (report.kind === 'line' ? [report.text] : []));

test('git pushes to https://github.com, jobs run, an image is packed and pushed, and a job without a login is denied', async () => {
  const folder = await pushApp('v1');
  const log = lines().join('\n');
  expect(log).toMatch(new RegExp(`built ${digest}`));
  expect(log).toMatch(/failed to push ghcr.io\/acme\/app: ghcr.io wants a login/);
  const jobs = seen.flatMap((report) =>
    report.kind === 'job' && report.job.status === 'completed' ? [report.job] : [],
  );
  expect(jobs.map((job) => `${job.name} ${job.conclusion}`).sort()).toEqual(['build success', 'denied failure']);
  const images = seen.flatMap((report) =>
    report.kind === 'step' && report.step.status === 'completed' && report.step.uses?.startsWith('docker/')
      ? [report.step.fidelity]
      : [],
  );
  expect(new Set(images)).toEqual(new Set(['stand-in']));
  const clone = join(home, 'again');
  await git(['clone', '-q', `https://x:${token}@github.com/acme/app`, clone], { cwd: home, env: lab.env() });
  expect(await git(['rev-parse', 'HEAD'], { cwd: clone })).toBe(await git(['rev-parse', 'HEAD'], { cwd: folder }));
});

test('a refused host is in the ledger and in the reports', () => {
  expect(lab.egress()).toContainEqual({ host: 'tracker.example', port: 443, verdict: 'refused', count: 1 });
  expect(seen.some((report) => report.kind === 'egress' && report.host === 'tracker.example')).toBe(true);
});

test('raw and codeload serve files of whoever may read them', async () => {
  const headers = { authorization: `token ${token}` };
  const raw = await lab.fetch('https://raw.githubusercontent.com/acme/app/main/server.js', { headers });
  expect(await raw.text()).toBe(server('v1'));
  const archive = await lab.fetch('https://codeload.github.com/acme/app/tar.gz/refs/heads/main', { headers });
  writeFileSync(join(home, 'app.tar.gz'), Buffer.from(await archive.arrayBuffer()));
  expect((await run('tar', ['tzf', join(home, 'app.tar.gz')])).stdout).toContain('app-main/server.js');
  const nobody = await lab.fetch('https://codeload.github.com/acme/app/tar.gz/refs/heads/main');
  expect(nobody.status).toBe(404);
  await nobody.text();
});

test('gh reaches the lab through its socket, where gh is installed', async () => {
  const env = { PATH: process.env['PATH'] ?? '', ...lab.env(token) };
  const found = await run('gh', ['api', 'user', '--jq', '.login'], { env }).catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? { stdout: 'alice' } : Promise.reject(error),
  );
  expect(found.stdout.trim()).toBe('alice');
});

async function deploy(image: string, secret: string): Promise<{ status: number; text: string }> {
  const response = await lab.fetch('http://deploy.lab.internal/environments/dev/services/api', {
    method: 'PUT',
    headers: { authorization: `Bearer ${secret}` },
    body: JSON.stringify({ image, health: 'http://api.dev.acme.test/health' }),
  });
  return { status: response.status, text: await response.text() };
}
const visit = async (): Promise<string> => (await lab.fetch('http://api.dev.acme.test/health')).text();
const built = (): string[] => lines().flatMap((line) => new RegExp(`built (${digest})`).exec(line)?.[1] ?? []);

test('an image is deployed with the environment’s secret, replaced, kept when the next one fails, and back after a restart', async () => {
  await api('PUT', '/repos/acme/app/environments/dev');
  const { store } = lab.forge.forge;
  const [environment] = store.environments.values();
  const at = new Date().toISOString();
  const row = { scope: 'environment', scopeId: environment?.id ?? 0, name: 'DEPLOY_TOKEN', value: 's3cret' } as const;
  store.transaction(() => store.secrets.put({ id: store.next('secrets'), ...row, createdAt: at, updatedAt: at }));

  const v1 = `ghcr.io/acme/app@${built()[0]}`;
  expect((await deploy(v1, 'wrong')).status).toBe(401);
  expect(await deploy(v1, 's3cret')).toMatchObject({ status: 200 });
  expect(await visit()).toBe('v1 hello');

  await pushApp('v2');
  const v2 = `ghcr.io/acme/app@${built().at(-1)}`;
  expect(v2).not.toBe(v1);
  expect((await deploy(v2, 's3cret')).status).toBe(200);
  expect(await visit()).toBe('v2 hello');

  await pushApp("v3'); throw new Error('no such table'); ('");
  const broken = await deploy(`ghcr.io/acme/app@${built().at(-1)}`, 's3cret');
  expect(broken.status).toBe(422);
  expect(broken.text).toContain('no such table');
  expect(await visit()).toBe('v2 hello');

  const folder = lab.folder;
  await lab.close();
  expect(await processesIn(folder)).toEqual([]);
  lab = await openLab({ ports, folder });
  expect(await visit()).toBe('v2 hello');
});

test('a second lab cannot have the folder, nor the port; a temporary one leaves nothing', async () => {
  await expect(openLab({ ports, folder: lab.folder })).rejects.toMatchObject({ code: 'LAB_RUNNING' });
  const busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
  const { port } = busy.address() as AddressInfo;
  const other = await openLab({ ports, port });
  busy.close();
  expect(other.port).not.toBe(port);
  expect(other.notes.join()).toContain(`port ${port} is busy`);
  expect(existsSync(other.folder)).toBe(true);
  await other.close();
  expect(existsSync(other.folder)).toBe(false);
  expect(await visit()).toBe('v2 hello');
});

async function processesIn(folder: string): Promise<readonly string[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,args=']);
  const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return stdout.split('\n').filter((line) => line.includes(folder) && own.includes(line.trim().split(' ')[0] ?? ''));
}
