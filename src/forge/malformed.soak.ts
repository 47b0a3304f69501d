import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleForge, type ForgeBundle, type ForgeChild } from './testing/forge-child.ts';
import { OddClient } from './testing/odd-client.ts';

// What nobody who means well would send: each is answered with a 4xx, and the forge is up afterwards.

let forges: ForgeBundle;
let forge: ForgeChild;
let basic: string;
let head: string;
let odd: OddClient;

beforeAll(async () => {
  forges = await bundleForge();
  forge = await forges.start(join(forges.home, 'odd'));
  odd = new OddClient(forge);
  await forge.call('POST', '/orgs/acme/repos', { name: 'app', private: true, auto_init: true });
  const ref = await (await forge.call('GET', '/repos/acme/app/git/ref/heads/main')).json();
  head = (ref as { object: { sha: string } }).object.sha;
  basic = `Basic ${Buffer.from(`x:${forge.token}`).toString('base64')}`;
});
afterAll(() => forges.remove());

const json = (): Record<string, string> => ({
  authorization: `Bearer ${forge.token}`,
  'content-type': 'application/json',
});
const writes = [
  ['POST', '/orgs/acme/repos'],
  ['POST', '/repos/acme/app/git/refs'],
  ['POST', '/repos/acme/app/git/blobs'],
  ['POST', '/repos/acme/app/git/trees'],
  ['POST', '/repos/acme/app/git/commits'],
  ['PUT', '/repos/acme/app/contents/a.txt'],
  ['POST', '/repos/acme/app/pulls'],
  ['POST', '/repos/acme/app/issues'],
  ['POST', '/repos/acme/app/labels'],
  ['POST', '/repos/acme/app/rulesets'],
  ['POST', '/repos/acme/app/releases'],
  ['POST', '/repos/acme/app/deployments'],
  ['POST', '/repos/acme/app/actions/variables'],
  ['PUT', '/repos/acme/app/actions/secrets/KEY'],
  ['POST', '/repos/acme/app/dispatches'],
] as const;

test('bodies that are no JSON, no object, of the wrong types or bad UTF-8', async () => {
  const wrong: readonly (Uint8Array | string)[] = [
    '{',
    '[]',
    'null',
    '"text"',
    '{"name": }',
    '\u0000',
    Buffer.from([0xff, 0xfe, 0x7b]),
    Buffer.concat([Buffer.from('{"name": "'), Buffer.from([0xc3, 0x28, 0xed, 0xa0, 0x80]), Buffer.from('"')]),
    `${'['.repeat(100_000)}`,
    JSON.stringify({
      name: 1,
      ref: 1,
      sha: 1,
      title: 1,
      content: 1,
      tag_name: 1,
      value: 1,
      event_type: 1,
      tree: 1,
      message: 1,
      encrypted_value: 1,
    }),
    JSON.stringify({
      name: {},
      ref: [],
      sha: {},
      title: {},
      content: {},
      tag_name: {},
      value: {},
      event_type: {},
      tree: {},
      message: {},
      encrypted_value: {},
    }),
    JSON.stringify({ __proto__: null, constructor: { prototype: { admin: true } } }),
  ];
  for (const [method, path] of writes) {
    for (const body of wrong) await odd.refuses({ method, path: `/api/v3${path}`, headers: json(), body });
  }
  await odd.isWell();
});

test('GraphQL that is none, or too much', async () => {
  const queries: readonly unknown[] = [
    '{',
    '{ nothing }',
    'query { viewer { login } ',
    `{ ${'a: viewer { login } '.repeat(20_001)} }`,
    `${'{ viewer '.repeat(3000)}`,
    'mutation { createRef(input: {repositoryId: 1}) { clientMutationId } }',
    'subscription { x }',
    'fragment A on Query { ...A } { ...A }',
    '\u0000\u0001',
    7,
    null,
    [],
  ];
  for (const path of ['/graphql', '/api/graphql', '/api/v3/graphql']) {
    for (const query of queries) {
      const body = JSON.stringify({ query, variables: 'none', operationName: {} });
      const { status, text } = await odd.send({ method: 'POST', path, headers: json(), body });
      // GitHub answers 200 with errors to what it can read.
      if (status >= 500 || !/"errors":|"message":/.test(text))
        odd.note(`${path} ${body.slice(0, 60)}: ${status} ${text.slice(0, 100)}`);
    }
  }
  await odd.isWell();
});

test('tokens that are forged, JWTs without a signature, and headers that are none', async () => {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = part({ iss: 15368, iat: now - 10, exp: now + 60 });
  const forged = [
    'Bearer ',
    'Bearer x y z',
    'Basic',
    'Basic !!!!',
    'Digest a=b',
    `Bearer ${forge.token}x`,
    `Bearer ${forge.token.slice(0, -1)}`,
    `Bearer ${forge.token.toUpperCase()}`,
    `Bearer ghs_${'0'.repeat(36)}`,
    `Bearer ${part({ alg: 'none' })}.${claims}.`,
    `Bearer ${part({ alg: 'None' })}.${claims}.x`,
    `Bearer ${part({ alg: 'HS256' })}.${claims}.${createHash('sha256').update('x').digest('base64url')}`,
    `Bearer ${part({ alg: 'RS256' })}.${claims}.${randomBytes(256).toString('base64url')}`,
    `Bearer ${part({ alg: 'RS256', jwk: {} })}.${part({ iss: {}, iat: '0', exp: [] })}.x`,
    `Bearer ${'a.'.repeat(5000)}`,
    `Bearer ..`,
    `Bearer ${'x'.repeat(12_000)}`,
  ];
  for (const authorization of forged) {
    for (const path of ['/api/v3/user', '/api/v3/repos/acme/app', '/acme/app.git/info/refs?service=git-receive-pack'])
      await odd.refuses({ path, headers: { authorization } });
  }
  await odd.refuses({ path: '/api/v3/user', headers: { ...json(), 'x-large': 'x'.repeat(20_000) } });
  const lines = [
    'GET /user HTTP/1.1\r\n\r\n',
    'GET\r\n\r\n',
    'nothing of the kind',
    '\u0016\u0003\u0001\u0002',
    'GET /user HTTP/9.9\r\nHost: x\r\n\r\n',
  ];
  for (const line of lines) expect(await odd.sendRaw(line)).toMatch(/^HTTP\/1\.1 4\d\d|^$/);
  const smuggled =
    'POST /api/v3/user HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  expect(await odd.sendRaw(smuggled)).toMatch(/^HTTP\/1\.1 4\d\d|^$/);
  await odd.isWell();
});

test('paths that lead out, names that are none, and numbers that are none', async () => {
  const ups = [
    '..',
    '%2e%2e',
    '..%2f..%2f..%2fetc%2fpasswd',
    '%00',
    'a%00b',
    '%ff%fe',
    '.git',
    '%c0%ae%c0%ae',
    `${'a'.repeat(3000)}`,
    '%',
    '%zz',
  ];
  const places = [
    'contents/',
    'git/ref/heads/',
    'commits/',
    'branches/',
    'git/trees/',
    'actions/workflows/',
    'environments/',
    'releases/tags/',
  ];
  for (const up of ups) {
    for (const place of places) await odd.refuses({ path: `/api/v3/repos/acme/app/${place}${up}/x`, headers: json() });
    await odd.refuses({ path: `/api/v3/repos/${up}/app/pulls`, headers: json() });
    await odd.refuses({ path: `/acme/${up}/info/refs?service=git-upload-pack`, headers: { authorization: basic } });
    await odd.refuses({ path: `/${up}/app.git/info/refs?service=git-receive-pack`, headers: { authorization: basic } });
  }
  for (const number of ['0', '-1', '1e9', 'NaN', '9'.repeat(40), '1.5', '%20']) {
    for (const place of ['pulls', 'issues', 'actions/runs', 'actions/jobs', 'deployments', 'rulesets', 'check-runs'])
      await odd.refuses({ path: `/api/v3/repos/acme/app/${place}/${number}`, headers: json() });
  }
  await odd.isWell();
});

test('pushes that are cut off, lie about what they hold, or move what they may not', async () => {
  const zero = '0'.repeat(40);
  const line = (text: string): string => (text.length + 4).toString(16).padStart(4, '0') + text;
  const command = (before: string, after: string, ref: string): string =>
    `${line(`${before} ${after} ${ref}\0 report-status side-band-64k atomic`)}0000`;
  const header = (count: number, version = 2): Buffer => {
    const bytes = Buffer.alloc(12);
    bytes.write('PACK');
    bytes.writeUInt32BE(version, 4);
    bytes.writeUInt32BE(count, 8);
    return bytes;
  };
  const closed = (bytes: Buffer): Buffer => Buffer.concat([bytes, createHash('sha1').update(bytes).digest()]);
  const fake = 'a'.repeat(40);
  const blob = Buffer.concat([Buffer.from([0x35]), deflateSync('hello')]);
  const packs = [
    Buffer.alloc(0),
    Buffer.from('PACK'),
    header(1),
    closed(header(1)),
    closed(header(1, 9)),
    closed(header(4_000_000_000)),
    Buffer.concat([header(1), blob]),
    Buffer.concat([header(1), blob, Buffer.alloc(20)]),
    closed(Buffer.concat([header(2), blob])),
    closed(Buffer.concat([header(1), Buffer.from([0x75]), randomBytes(20), deflateSync('x')])),
    closed(Buffer.concat([header(1), Buffer.from([0x35]), randomBytes(30)])),
    randomBytes(2000),
  ];
  const path = '/acme/app.git/git-receive-pack';
  const headers = { authorization: basic, 'content-type': 'application/x-git-receive-pack-request' };
  const pushes: (string | Buffer)[] = [
    '',
    'zzzz',
    '0003',
    'ffff',
    line('hello'),
    line('hello\0'),
    command('x', 'y', 'refs/heads/z'),
    command(zero, zero, 'refs/heads/z'),
    command(fake, zero, 'refs/heads/main'),
    command(zero, head, 'refs/heads/../../config'),
    command(zero, head, 'refs/heads/a b'),
    command(zero, head, 'HEAD'),
    command(zero, head, 'refs/pull/1/head'),
    command(zero, head, `refs/heads/${'x'.repeat(5000)}`),
    command(zero, head, 'refs/heads/\u0000'),
    ...packs.map((pack) => Buffer.concat([Buffer.from(command(zero, fake, 'refs/heads/odd')), pack])),
  ];
  for (const body of pushes) {
    const { status, text } = await odd.send({ method: 'POST', path, headers, body });
    // git hears of a ref that was refused in a report that is 200: `ng`, or an error that names the pack.
    const told = status === 200 && (body === '' || /ng |unpack |ERR|error|fatal/.test(text));
    if (!told && (status < 400 || status > 499))
      odd.note(`push ${JSON.stringify(body.toString('latin1').slice(0, 150))}: ${status} ${JSON.stringify(text)}`);
  }
  for (const body of packs) {
    const zipped = { ...headers, 'content-encoding': 'gzip' };
    await odd.refuses({ method: 'POST', path, headers: zipped, body: body.length === 0 ? Buffer.from('x') : body });
    await odd.refuses({ method: 'POST', path, headers: zipped, body: gzipSync(Buffer.from('zzzz')).subarray(0, 12) });
  }
  for (const body of ['zzzz', '0003', line('command=nothing\n'), line('want x\n'), randomBytes(500)]) {
    const upload = { ...headers, 'content-type': 'application/x-git-upload-pack-request', 'git-protocol': 'version=2' };
    const { status } = await odd.send({ method: 'POST', path: '/acme/app.git/git-upload-pack', headers: upload, body });
    if (status >= 500) odd.note(`fetch ${JSON.stringify(body.toString().slice(0, 30))}: ${status}`);
  }
  const refs = await forge.call('GET', '/repos/acme/app/branches');
  expect(((await refs.json()) as { name: string }[]).map(({ name }) => name)).toEqual(['main']);
  await odd.isWell();
});

test('it was no few, and nothing of it was logged as a fault', () => {
  expect(odd.tried).toBeGreaterThanOrEqual(500);
  expect(forge.faults()).toBe('');
});
