import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmin } from '../../forge/admin.ts';
import type { Forge } from '../../forge/forge.ts';
import { openStore } from '../../forge/store.ts';
import { digestOf } from '../../registry/digest-of.ts';
import { createRegistryClient, type RegistryClient } from '../../registry/registry-client.ts';
import { createRegistryServer } from './registry-server.ts';
import { RegistryStore } from './registry-store.ts';

let folder: string;
let forge: Forge;
let server: Server;
let host: string;
let tokens: Record<'writer' | 'reader' | 'outsider', string>;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const urls = { html: 'https://github.com', api: 'https://api.github.com' };
  forge = { store: await openStore(join(folder, 'forge'), clock), clock, random: randomBytes, folder, urls };
  const admin = createAdmin(forge);
  admin.createUser('alice');
  admin.createUser('mallory');
  admin.createOrganization('acme', { members: ['alice'] });
  const token = (login: string, scope: string): string => admin.createToken(login, { scopes: [scope] });
  tokens = {
    writer: token('alice', 'write:packages'),
    reader: token('alice', 'read:packages'),
    outsider: token('mallory', 'write:packages'),
  };
  const store = new RegistryStore(join(folder, 'registry'));
  await store.open();
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on(
    'request',
    createRegistryServer({ forge, store, url: `http://${host}`, deployTargetSecret: 'the-cluster' }),
  );
});
afterAll(async () => {
  server.close();
  await forge.store.close();
  rmSync(folder, { recursive: true, force: true });
});

const client = (password?: string): RegistryClient =>
  createRegistryClient({
    fetch,
    ...(password === undefined ? {} : { credentials: () => ({ username: 'x', password }) }),
  });
const named = (name: string) => ({ registry: host, repository: name });

async function pushImage(registry: RegistryClient, name: string, layer: Buffer) {
  const config = Buffer.from('{}');
  for (const bytes of [layer, config]) {
    await registry.putBlob(named(name), {
      digest: digestOf(bytes),
      size: bytes.length,
      content: () => Readable.from([bytes]),
    });
  }
  const descriptor = (bytes: Buffer) => ({ mediaType: 'x/y', digest: digestOf(bytes), size: bytes.length });
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: descriptor(config),
    layers: [descriptor(layer)],
  };
  return registry.putManifest(named(name), {
    mediaType: manifestType,
    bytes: Buffer.from(JSON.stringify(manifest)),
    tag: 'v1',
  });
}

test('an image goes in and comes out by tag and by digest', async () => {
  const registry = client(tokens.writer);
  const layer = randomBytes(2_000_000);
  const digest = await pushImage(registry, 'acme/api', layer);
  const found = await registry.resolve({ ...named('acme/api'), tag: 'v1' });
  expect(found).toMatchObject({ digest, mediaType: manifestType });
  const pulled = await client(tokens.reader).getManifest({ ...named('acme/api'), digest });
  expect(pulled.manifest.layers?.[0]?.digest).toBe(digestOf(layer));
  expect(digestOf(await buffer(await registry.getBlob(named('acme/api'), digestOf(layer))))).toBe(digestOf(layer));
  expect(await registry.tags(named('acme/api'))).toEqual(['v1']);
  expect(await registry.resolve({ ...named('acme/api'), tag: 'v2' })).toBeUndefined();
});

test('chunks are taken in order only, and a blob is mounted from a package one may pull', async () => {
  const authorization = `Bearer ${Buffer.from(tokens.writer).toString('base64')}`;
  const send = (method: string, path: string, init: RequestInit = {}) =>
    fetch(new URL(path, `http://${host}`), { method, ...init, headers: { authorization, ...init.headers } });
  const opened = await send('POST', '/v2/acme/chunked/blobs/uploads/');
  const upload = opened.headers.get('location') ?? '';
  expect((await send('PATCH', upload, { body: 'one', headers: { 'content-range': '0-2' } })).status).toBe(202);
  const skipped = await send('PATCH', upload, { body: 'x', headers: { 'content-range': '9-9' } });
  expect([skipped.status, skipped.headers.get('range')]).toEqual([416, '0-2']);
  const digest = digestOf(Buffer.from('onetwo'));
  expect((await send('PUT', `${upload}?digest=${digest}`, { body: 'two' })).status).toBe(201);
  const mounted = await send('POST', `/v2/acme/other/blobs/uploads/?mount=${digest}&from=acme/chunked`);
  expect(mounted.status).toBe(201);
  expect(await client(tokens.writer).hasBlob(named('acme/other'), digest)).toBe(true);
});

test('a registry that is busy is asked again, and a chunk that broke off goes on where it stood', async () => {
  const broken: string[] = [];
  const waited: number[] = [];
  const [registry] = server.listeners('request') as RequestListener[];
  // In front of the registry: the first question is answered 503, and the second chunk breaks off half way.
  const front = createServer((message, response) => {
    const nth = broken.push(message.method ?? '');
    const chunks = broken.filter((method) => method === 'PATCH').length;
    if (nth === 1) {
      response.writeHead(503, { 'retry-after': '7' }).end();
      return;
    }
    if (message.method === 'PATCH' && chunks === 2) message.once('data', () => setImmediate(() => message.destroy()));
    registry?.(message, response);
  });
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const there = { registry: `127.0.0.1:${(front.address() as AddressInfo).port}`, repository: 'acme/flaky' };
  const clock = { now: () => 0, sleep: async (ms: number) => void waited.push(ms) };
  const patient = createRegistryClient({
    fetch,
    clock,
    chunk: 3_000_000,
    credentials: () => ({ username: 'x', password: tokens.writer }),
  });
  const bytes = randomBytes(8_000_000);
  const asked: number[] = [];
  await patient.putBlob(there, {
    digest: digestOf(bytes),
    size: bytes.length,
    content: ({ start, end } = { start: 0, end: bytes.length - 1 }) => {
      asked.push(start);
      return Readable.from([bytes.subarray(start, end + 1)]);
    },
  });
  front.close();
  front.closeAllConnections();
  expect(waited).toEqual([7000]);
  expect(asked.slice(0, 2)).toEqual([0, 3_000_000]);
  expect(asked.length).toBeGreaterThan(2);
  expect(await client(tokens.writer).hasBlob(named('acme/flaky'), digestOf(bytes))).toBe(true);
});

test('bytes that are not their digest are refused on the way in', async () => {
  const registry = client(tokens.writer);
  const digest = digestOf(Buffer.from('promised'));
  const push = registry.putBlob(named('acme/api'), { digest, size: 5, content: () => Buffer.from('other') });
  await expect(push).rejects.toThrow(/did not match uploaded content/);
  expect(await registry.hasBlob(named('acme/api'), digest)).toBe(false);
});

test('a manifest that names what is not there is refused', async () => {
  const gone = { mediaType: 'x/y', digest: digestOf(Buffer.from('gone')), size: 4 };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, config: gone, layers: [] }));
  const push = client(tokens.writer).putManifest(named('acme/api'), { mediaType: manifestType, bytes });
  await expect(push).rejects.toThrow(/manifest_blob_unknown/);
});

test('a blob or manifest tampered with on disk is refused on the way out', async () => {
  const layer = randomBytes(1000);
  const digest = await pushImage(client(tokens.writer), 'acme/tampered', layer);
  const blobs = join(folder, 'registry/blobs');
  for (const victim of [digestOf(layer), digest]) {
    const hex = victim.slice(7);
    writeFileSync(join(blobs, hex.slice(0, 2), hex), 'evil');
  }
  const registry = client(tokens.writer);
  await expect(registry.getBlob(named('acme/tampered'), digestOf(layer)).then(buffer)).rejects.toThrow(/bytes of/);
  await expect(registry.getManifest({ ...named('acme/tampered'), digest })).rejects.toThrow(/expected the manifest/);
});

test('who may not is refused in words of the registry, and leaves nothing behind', async () => {
  const layer = Buffer.from('layer');
  await expect(pushImage(client(), 'acme/api', layer)).rejects.toThrow(/wants a login/);
  for (const token of [tokens.reader, tokens.outsider]) {
    await expect(pushImage(client(token), 'acme/new', layer)).rejects.toThrow('permission_denied: write_package');
  }
  await expect(pushImage(client('ghp_wrong'), 'acme/api', layer)).rejects.toThrow(/authentication required/);
  await expect(client(tokens.outsider).resolve({ ...named('acme/api'), tag: 'v1' })).rejects.toThrow(/403/);
  expect((await client('the-cluster').resolve({ ...named('acme/api'), tag: 'v1' }))?.digest).toBeDefined();
  expect(readdirSync(join(folder, 'registry/packages'))).not.toContain('acme%2Fnew');
  expect(readdirSync(join(folder, 'registry/uploads'))).toEqual([]);
});
