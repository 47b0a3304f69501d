import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as listen } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmin } from '../src/forge/admin.ts';
import { openStore } from '../src/forge/store.ts';
import { createRegistryServer } from '../src/lab/registry/registry-server.ts';
import { RegistryStore } from '../src/lab/registry/registry-store.ts';
import type { Digest } from '../src/model/digest.ts';
import { digestOf } from '../src/registry/digest-of.ts';
import { fallbackTag } from '../src/registry/referrers.ts';
import { createRegistryClient, type RegistryClient } from '../src/registry/registry-client.ts';

const run = promisify(execFile);
const has = (program: string): Promise<boolean> =>
  run(program, ['--version']).then(
    () => true,
    () => false,
  );
const missing = (
  await Promise.all(['docker-registry', 'skopeo'].map(async (one) => ((await has(one)) ? [] : [one])))
).flat();
const note = (program: string): void => {
  process.stderr.write(`${program} is not installed: nothing was tried with it (apt install ${program})\n`);
};

let folder: string;
const endings: (() => unknown)[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'registry-peers-'));
});
afterAll(async () => {
  for (const end of endings.reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** The lab's own, with a referrers API. */
async function labRegistry(): Promise<{ host: string; credentials: { username: string; password: string } }> {
  const clock = { now: () => Date.now(), sleep: async () => undefined };
  const store = await openStore(join(folder, 'forge'), clock);
  const urls = { html: 'https://github.com', api: 'https://api.github.com' };
  const forge = { store, clock, random: randomBytes, folder, urls };
  const admin = createAdmin(forge);
  admin.createUser('alice');
  admin.createOrganization('acme', { members: ['alice'] });
  const registry = new RegistryStore(join(folder, 'lab'));
  await registry.open();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on(
    'request',
    createRegistryServer({ forge, store: registry, url: `http://${host}`, deployTargetSecret: 'x' }),
  );
  endings.push(async () => {
    server.closeAllConnections();
    server.close();
    await store.close();
  });
  return {
    host,
    credentials: { username: 'alice', password: admin.createToken('alice', { scopes: ['write:packages'] }) },
  };
}

/** Debian's, which has none. */
async function debianRegistry(): Promise<{ host: string }> {
  const probe = listen();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const config = join(folder, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nstorage:\n  filesystem: { rootdirectory: ${folder}/debian }\n  delete: { enabled: true }\nhttp: { addr: "127.0.0.1:${port}" }\n`,
  );
  const child: ChildProcess = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  endings.push(() => child.kill('SIGKILL'));
  const host = `127.0.0.1:${port}`;
  while (
    !(await fetch(`http://${host}/v2/`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    expect(child.exitCode).toBeNull();
    await new Promise((done) => setTimeout(done, 50));
  }
  return { host };
}

/** An image with a layer of this size. */
async function pushImage(client: RegistryClient, host: string, size: number): Promise<Digest> {
  const place = { registry: host, repository: 'acme/api' };
  const put = async (mediaType: string, bytes: Buffer) => {
    const content = (range?: { start: number; end: number }): Uint8Array =>
      range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
    await client.putBlob(place, { digest: digestOf(bytes), size: bytes.length, content });
    return { mediaType, digest: digestOf(bytes), size: bytes.length };
  };
  const config = await put(
    'application/vnd.oci.image.config.v1+json',
    Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } })),
  );
  const layer = await put('application/vnd.oci.image.layer.v1.tar', randomBytes(size));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  return client.putManifest(place, { mediaType, bytes, tag: 'v1' });
}

const statement = (name: string) => ({
  artifactType: 'application/vnd.acme.note',
  layer: { mediaType: 'application/vnd.acme.note', bytes: Buffer.from(name) },
  annotations: { name },
});

/** The same is expected of every registry. */
async function tryOut(host: string, client: RegistryClient, api: boolean): Promise<void> {
  const place = { registry: host, repository: 'acme/api' };
  const digest = await pushImage(client, host, 300_000);
  const image = { ...place, digest };
  expect(await client.referrers(image)).toEqual([]);
  const hung = [await client.pushReferrer(image, statement('one')), await client.pushReferrer(image, statement('two'))];
  const found = await client.referrers(image);
  expect(found.map((one) => one.digest).sort()).toEqual([...hung].sort());
  expect(found.map((one) => [one.artifactType, one.annotations?.['name']]).sort()).toEqual([
    ['application/vnd.acme.note', 'one'],
    ['application/vnd.acme.note', 'two'],
  ]);
  expect((await client.tags(place)).includes(fallbackTag(digest))).toBe(!api);
  // What is there already is not pushed twice, and changes no list.
  await client.pushReferrer(image, statement('two'));
  expect(await client.referrers(image)).toHaveLength(2);
  const [first] = hung;
  const { manifest } = await client.getManifest({ ...place, digest: first as Digest });
  expect(manifest.subject?.digest).toBe(digest);
}

test('what hangs on an image is found by the referrers API of the lab’s registry', async () => {
  const { host, credentials } = await labRegistry();
  const client = createRegistryClient({ fetch, credentials: () => credentials });
  await tryOut(host, client, true);
  if (missing.includes('skopeo')) return note('skopeo');
  const login = ['--src-tls-verify=false', '--src-creds', `${credentials.username}:${credentials.password}`];
  await run('skopeo', ['copy', ...login, `docker://${host}/acme/api:v1`, `oci:${join(folder, 'copied')}:v1`], {
    env: { ...process.env, HOME: folder },
  });
});

test('… and by a tag in Debian’s registry, which has no such API; chunks, digests and skopeo', async () => {
  if (missing.includes('docker-registry')) return note('docker-registry');
  const { host } = await debianRegistry();
  await tryOut(host, createRegistryClient({ fetch, chunk: 100_000 }), false);
  if (missing.includes('skopeo')) return note('skopeo');
  const { stdout } = await run('skopeo', ['inspect', '--tls-verify=false', `docker://${host}/acme/api:v1`], {
    env: { ...process.env, HOME: folder },
  });
  expect(JSON.parse(stdout)).toMatchObject({ Architecture: 'amd64', Layers: [expect.stringMatching(/^sha256:/)] });
});
