import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAdmin } from '../../forge/admin.ts';
import type { Forge } from '../../forge/forge.ts';
import { openStore } from '../../forge/store.ts';
import { createClient } from '../../github/client.ts';
import type { Digest } from '../../model/digest.ts';
import { putBytes } from '../../registry/put-bytes.ts';
import { createRegistryClient } from '../../registry/registry-client.ts';
import { listGhcr } from '../../state/prune/list-ghcr.ts';
import { packagesApi } from './packages-api.ts';
import { createRegistryServer } from './registry-server.ts';
import { RegistryStore } from './registry-store.ts';

let folder: string;
let forge: Forge;
let server: Server;
let host: string;
let tokens: Record<'writer' | 'deleter' | 'outsider', string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'packages-'));
  const clock = { now: () => Date.now(), sleep: async () => {} };
  const urls = { html: 'https://github.com', api: 'https://api.github.com' };
  forge = { store: await openStore(join(folder, 'forge'), clock), clock, random: randomBytes, folder, urls };
  const admin = createAdmin(forge);
  admin.createUser('alice');
  admin.createUser('mallory');
  admin.createOrganization('acme', { members: ['alice'] });
  const token = (login: string, ...scopes: string[]): string => admin.createToken(login, { scopes });
  tokens = {
    writer: token('alice', 'write:packages'),
    deleter: token('alice', 'read:packages', 'delete:packages'),
    outsider: token('mallory', 'read:packages', 'delete:packages'),
  };
  const store = new RegistryStore(join(folder, 'registry'));
  await store.open();
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const registry = createRegistryServer({ forge, store, url: `http://${host}`, deployTargetSecret: 'the-cluster' });
  const api = packagesApi(forge, store, (_request, response) => response.writeHead(418).end());
  server.on('request', (request, response) =>
    (request.url?.startsWith('/v2/') || request.url?.startsWith('/token') ? registry : api)(request, response),
  );
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await forge.store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Manifests of a package, the first under these tags. */
async function push(name: string, count: number, tags: readonly string[] = []): Promise<readonly Digest[]> {
  const registry = createRegistryClient({ fetch, credentials: () => ({ username: 'x', password: tokens.writer }) });
  const place = { registry: host, repository: name };
  const config = await putBytes(registry, place, 'x/y', Buffer.from('{}'));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const digests: Digest[] = [];
  for (let index = 0; index < count; index += 1) {
    const annotations = { index: `${name} ${index}` };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [], annotations }));
    digests.push(await registry.putManifest(place, { mediaType, bytes }));
    for (const tag of index === 0 ? tags : []) await registry.putManifest(place, { mediaType, bytes, tag });
  }
  return digests;
}

interface Version {
  readonly id: number;
  readonly name: string;
  readonly metadata: { readonly container: { readonly tags: readonly string[] } };
}
async function ask(method: string, path: string, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`http://${host}${path}`, { method, headers });
  const text = await response.text();
  return {
    status: response.status,
    link: response.headers.get('link'),
    body: text === '' ? undefined : JSON.parse(text),
  };
}
const versions = '/orgs/acme/packages/container/api/versions';

test('every manifest is a version, with its tags; names may hold slashes, and pages are linked as everywhere', async () => {
  const [tagged = '', ...others] = await push('acme/api', 3, ['v1', 'latest']);
  const all = (await ask('GET', versions, tokens.writer)).body as readonly Version[];
  expect(new Set(all.map(({ name }) => name))).toEqual(new Set([tagged, ...others]));
  const first = all.find(({ name }) => name === tagged);
  expect(first).toMatchObject({
    url: `https://api.github.com${versions}/${first?.id}`,
    metadata: { package_type: 'container', container: { tags: ['latest', 'v1'] } },
  });
  expect((await ask('GET', `${versions}/${first?.id}`, tokens.writer)).body).toEqual(first);
  const page = await ask('GET', `${versions}?per_page=2`, tokens.writer);
  expect(page.body).toHaveLength(2);
  expect(page.link).toBe(
    `<https://api.github.com${versions}?per_page=2&page=2>; rel="next", <https://api.github.com${versions}?per_page=2&page=2>; rel="last"`,
  );
  const next = await ask('GET', `${versions}?per_page=2&page=2`, tokens.writer);
  expect([...(page.body as Version[]), ...(next.body as Version[])]).toEqual(all);
  await push('acme/shop/orders', 1);
  expect((await ask('GET', '/orgs/acme/packages/container/shop%2Forders/versions', tokens.writer)).body).toHaveLength(
    1,
  );
});

test('what prune asks by is answered: all pages, and an owner that is a person', async () => {
  const digests = await push('acme/many', 101, ['x']);
  const github = createClient({
    apiUrl: `http://${host}`,
    credentials: { kind: 'token', token: tokens.writer },
    repository: 'acme/many',
    readOnly: true,
    ports: { fetch, clock: forge.clock, interrupted: new AbortController().signal },
  });
  const found = await listGhcr(github, { registry: 'ghcr.io', repository: 'acme/many' });
  expect(found.owner).toEqual({ kind: 'org', login: 'acme' });
  expect(new Set(found.versions.map(({ digest }) => digest))).toEqual(new Set(digests));
  await push('alice/own', 1);
  expect((await listGhcr(github, { registry: 'ghcr.io', repository: 'alice/own' })).owner.kind).toBe('user');
});

test('a version is deleted by who may, and the last that has a tag by nobody', async () => {
  const [tagged = '', untagged = ''] = await push('acme/old', 2, ['v1']);
  const path = '/orgs/acme/packages/container/old/versions';
  const all = (await ask('GET', path, tokens.writer)).body as readonly Version[];
  const id = (digest: string) => all.find(({ name }) => name === digest)?.id;
  expect(await ask('DELETE', `${path}/${id(untagged)}`, tokens.writer)).toMatchObject({
    status: 403,
    body: { message: 'You need at least delete:packages scope to delete a package.' },
  });
  expect((await ask('DELETE', `${path}/${id(tagged)}`, tokens.deleter)).body.message).toMatch(
    /^You cannot delete the last tagged version of a package/,
  );
  expect(await ask('DELETE', `${path}/${id(untagged)}`, tokens.deleter)).toMatchObject({ status: 204 });
  expect(await ask('DELETE', `${path}/${id(untagged)}`, tokens.deleter)).toMatchObject({ status: 404 });
  expect((await ask('GET', path, tokens.writer)).body).toHaveLength(1);
});

test.each([
  ['without a login', 401, versions, undefined],
  ['with a login that is none', 401, versions, 'ghp_wrong'],
  ['by whom the package is hidden from', 404, versions, 'outsider'],
  ['of a package that is not there', 404, '/orgs/acme/packages/container/gone/versions', 'writer'],
  ['of a version that is not there', 404, `${versions}/1`, 'writer'],
  ['of a person as if they were an organisation', 404, '/orgs/alice/packages/container/own/versions', 'writer'],
  ['of an organisation as if it were a person', 404, '/users/acme/packages/container/api/versions', 'writer'],
] as const)('asked %s, it answers %i', async (_, status, path, who) => {
  const token = who === undefined || who === 'ghp_wrong' ? who : tokens[who];
  expect(await ask('GET', path, token)).toMatchObject({ status, body: { message: expect.any(String) } });
});

test('whatever else is asked goes on to GitHub', async () => {
  expect((await ask('GET', '/orgs/acme/packages/npm/api/versions', tokens.writer)).status).toBe(418);
});
