import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Digest } from '../model/digest.ts';
import { readChallenges } from './answer-challenge.ts';
import { digestOf } from './digest-of.ts';
import { type Credentials, createRegistryClient, type RegistryClient } from './registry-client.ts';

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
}
type Answer = (asked: Asked) => Response | Promise<Response>;

/** A registry that answers by a function, and what it was asked. */
function strange(
  answer: Answer,
  credentials: Credentials | undefined = { username: 'bob', password: 'secret' },
): { readonly client: RegistryClient; readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  const client = createRegistryClient({
    clock: { now: () => 0, sleep: async () => undefined },
    ...(credentials === undefined ? {} : { credentials: () => credentials }),
    fetch: async (input, init) => {
      const one = {
        method: init?.method ?? 'GET',
        url: new URL(String(input)),
        headers: new Headers(init?.headers),
        body: init?.body === undefined ? '' : await new Response(init.body).text(),
      };
      asked.push(one);
      return answer(one);
    },
  });
  return { client, asked };
}

const image = { registry: 'registry.test', repository: 'acme/api' };
const manifest = Buffer.from('{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}');
const digest = digestOf(manifest);
const found = (): Response =>
  new Response(manifest, { headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' } });
const wants = (header: string): Response => new Response('', { status: 401, headers: { 'www-authenticate': header } });

test.each<[string, string, readonly (readonly [string, Readonly<Record<string, string>>])[]]>([
  ['one', 'Bearer realm="https://a.test/t",service="a"', [['bearer', { realm: 'https://a.test/t', service: 'a' }]]],
  [
    'two in one',
    'Basic realm="x", Bearer realm="https://a.test"',
    [
      ['basic', { realm: 'x' }],
      ['bearer', { realm: 'https://a.test' }],
    ],
  ],
  [
    'without quotes, in any letters',
    'BEARER Realm=https://a.test/t , Service=a',
    [['bearer', { realm: 'https://a.test/t', service: 'a' }]],
  ],
  [
    'with commas and quotes inside',
    'Bearer realm="https://a.test",scope="a:b:pull,push x\\"y"',
    [['bearer', { realm: 'https://a.test', scope: 'a:b:pull,push x"y' }]],
  ],
  ['nothing', '', []],
])('reads challenges: %s', (_, header, expected) => {
  expect(readChallenges(header).map((one) => [one.scheme, Object.fromEntries(one.parameters)])).toEqual(expected);
});

test.each<[string, string, Credentials | undefined, string, string]>([
  [
    'a token beside the password',
    'Basic realm="x", Bearer realm="https://auth.test/t",service="r",scope="repository:other/name:pull"',
    { username: 'bob', password: 'secret' },
    'GET https://auth.test/t?service=r&scope=repository%3Aacme%2Fapi%3Apull&scope=repository%3Aother%2Fname%3Apull Basic Ym9iOnNlY3JldA== ',
    'Bearer t0k',
  ],
  [
    'a token, of whom docker keeps a token only',
    'Bearer realm="https://auth.test/t",service="r"',
    { username: '0', password: '', identityToken: 'kept' },
    'POST https://auth.test/t  grant_type=refresh_token&client_id=trunkline&refresh_token=kept&scope=repository%3Aacme%2Fapi%3Apull&service=r',
    'Bearer t0k',
  ],
  ['a password', 'Basic realm="x"', { username: 'bob', password: 'secret' }, '', 'Basic Ym9iOnNlY3JldA=='],
])('a registry that wants %s gets it', async (_, header, credentials, token, shown) => {
  const { client, asked } = strange(({ url, headers }) => {
    if (url.host === 'auth.test') return Response.json({ access_token: 't0k' });
    return headers.get('authorization') === shown ? found() : wants(header);
  }, credentials);
  expect((await client.getManifest({ ...image, digest })).descriptor.digest).toBe(digest);
  const [one] = asked.filter(({ url }) => url.host === 'auth.test');
  const said = one && `${one.method} ${one.url.href} ${one.headers.get('authorization') ?? ''} ${one.body}`;
  expect(said ?? '').toBe(token);
});

test.each([
  ['in clear', 'Bearer realm="http://auth.test/t"'],
  ['nowhere', 'Bearer service="x"'],
  ['at what is no address', 'Bearer realm="/token"'],
])('a password is not told to a token service %s', async (_, header) => {
  const { client, asked } = strange(() => wants(header));
  await expect(client.resolve({ ...image, tag: 'v1' })).rejects.toThrow(
    'expected registry.test to name where its tokens come from, by https',
  );
  expect(asked.map(({ url }) => url.host)).toEqual(['registry.test']);
});

test('a login goes to the registry alone: not where an upload is sent, and never in clear', async () => {
  const bytes = Buffer.from('layer');
  const places = ['https://storage.test/u1?x=1', 'http://registry.test/u2'];
  const { client, asked } = strange(({ method, url, headers }) => {
    if (method === 'PUT') return new Response('', { status: 201 });
    if (headers.get('authorization') === null) return wants('Basic realm="x"');
    if (method === 'HEAD') return new Response('', { status: 404 });
    return new Response('', { status: 202, headers: { location: places.shift() ?? url.href } });
  });
  for (let upload = 0; upload < 2; upload += 1)
    await client.putBlob(image, { digest: digestOf(bytes), size: bytes.length, content: () => bytes });
  const puts = asked.filter(({ method }) => method === 'PUT');
  expect(
    puts.map(({ url, headers }) => `${url.origin}${url.pathname} ${headers.get('authorization') ?? 'nobody'}`),
  ).toEqual([
    'https://storage.test/u1 nobody',
    // Behind a proxy, which speaks TLS for it.
    'https://registry.test/u2 Basic Ym9iOnNlY3JldA==',
  ]);
  expect(puts[0]?.url.searchParams.get('x')).toBe('1');
});

test('an upload that the registry died over is begun again, unless it arrived after all', async () => {
  const bytes = Buffer.from('layer');
  const blob = { digest: digestOf(bytes), size: bytes.length, content: () => bytes };
  const dying = (breaks: number, arrives: boolean) => {
    let puts = 0;
    return strange(({ method, url }) => {
      if (method === 'HEAD') return new Response('', { status: arrives && puts > 0 ? 200 : 404 });
      if (method === 'POST')
        return new Response('', { status: 202, headers: { location: `/v2/acme/api/blobs/uploads/${puts}` } });
      puts += 1;
      if (puts <= breaks) throw new TypeError('fetch failed', { cause: new Error('socket hang up') });
      return new Response('', { status: url.pathname.endsWith(`/${puts - 1}`) ? 201 : 404 });
    });
  };
  const again = dying(2, false);
  await again.client.putBlob(image, blob);
  expect(again.asked.filter(({ method }) => method === 'PUT').map(({ body }) => body)).toEqual([
    'layer',
    'layer',
    'layer',
  ]);
  const arrived = dying(1, true);
  await arrived.client.putBlob(image, blob);
  expect(arrived.asked.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  await expect(dying(9, false).client.putBlob(image, blob)).rejects.toThrow(/cannot be reached: socket hang up/);
});

test('what the registry refuses is not sent again, and a repository that it does not make is named', async () => {
  const bytes = Buffer.from('layer');
  const { client, asked } = strange(({ method }) =>
    method === 'HEAD'
      ? new Response('', { status: 404 })
      : Response.json({ errors: [{ code: 'NAME_UNKNOWN', message: 'no repository acme/api' }] }, { status: 404 }),
  );
  await expect(client.putBlob(image, { digest: digestOf(bytes), size: 5, content: () => bytes })).rejects.toMatchObject(
    { hint: 'create the repository in the registry first' },
  );
  expect(asked.map(({ method }) => method)).toEqual(['HEAD', 'POST']);
});

const other = `sha256:${'0'.repeat(64)}` as Digest;
test.each<[string, Answer, RegExp]>([
  ['another manifest', () => new Response('{}'), /expected the manifest sha256:.*, found bytes of sha256:/],
  [
    'another manifest’s name',
    ({ method }) => (method === 'HEAD' ? new Response('', { headers: { 'docker-content-digest': other } }) : found()),
    /expected the manifest sha256:.*, found bytes of sha256:0000/,
  ],
])('by digest, %s is refused', async (_, answer, message) => {
  const { client } = strange(answer);
  const look = Promise.all([client.resolve({ ...image, digest }), client.getManifest({ ...image, digest })]);
  await expect(look).rejects.toThrow(message);
});

test.each([
  ['a page for people', '<html>log in</html>'],
  ['nothing', ''],
  ['null', 'null'],
  ['an index with a path instead of a digest', '{"manifests":[{"digest":"../../other/manifests/v1","size":1}]}'],
  ['a layer of another hash', '{"layers":[{"digest":"sha512:00","size":1}]}'],
])('behind a tag, %s is no manifest', async (_, text) => {
  const { client } = strange(() => new Response(text));
  await expect(client.getManifest({ ...image, tag: 'v1' })).rejects.toThrow('expected a manifest behind');
});

test('lists whose pages go in a circle end, and what is no list is said', async () => {
  const circle = strange(() =>
    Response.json({ tags: ['a'] }, { headers: { link: '</v2/acme/api/tags/list?n=1000>; rel="next"' } }),
  );
  await expect(circle.client.tags(image)).rejects.toThrow('expected a further page of registry.test, found one again');
  const none = strange(() => new Response('<html>'));
  await expect(none.client.tags(image)).rejects.toThrow('expected JSON of the registry');
});

test('what hangs on an image names its bytes, also where the registry does not say how many they are', async () => {
  const { client, asked } = strange(({ method, url }) => {
    if (method === 'HEAD' && url.pathname.includes('/manifests/sha256:'))
      return new Response('', {
        headers: { 'content-type': 'application/x; charset=utf-8', 'content-encoding': 'gzip', 'content-length': '7' },
      });
    if (method === 'GET') return found();
    if (method === 'HEAD') return new Response('', { status: url.pathname.includes('/blobs/') ? 200 : 404 });
    return new Response('', { status: 201, headers: { 'oci-subject': digest } });
  });
  const layer = { mediaType: 'x/y', bytes: Buffer.from('{}') };
  await client.pushReferrer({ ...image, digest }, { artifactType: 'a/b', layer, annotations: {} });
  const pushed = JSON.parse(asked.find(({ method }) => method === 'PUT')?.body ?? '{}');
  expect(pushed.subject).toEqual({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest,
    size: manifest.length,
  });
});

test('blobs are asked for as they are stored', async () => {
  const bytes = Buffer.from('layer');
  const { client, asked } = strange(() => new Response(bytes));
  expect(await buffer(await client.getBlob(image, digestOf(bytes)))).toEqual(bytes);
  expect(asked[0]?.headers.get('accept-encoding')).toBe('identity');
  await expect(client.getBlob(image, other).then(buffer)).rejects.toThrow(/expected bytes of sha256:000/);
});

test('a registry without a list of referrers is asked for one once; whose entry is always overwritten hears of it', async () => {
  const { client, asked } = strange(({ method, url }) => {
    if (method === 'PUT') return new Response('', { status: 201 });
    if (method === 'HEAD' && url.pathname.includes('/blobs/')) return new Response('');
    return url.pathname.endsWith(`/manifests/${digest}`) ? found() : new Response('', { status: 404 });
  });
  expect(await client.referrers({ ...image, digest })).toEqual([]);
  expect(await client.referrers({ ...image, digest: other })).toEqual([]);
  expect(asked.filter(({ url }) => url.pathname.includes('/referrers/'))).toHaveLength(1);
  const layer = { mediaType: 'x/y', bytes: Buffer.from('{}') };
  const push = client.pushReferrer({ ...image, digest }, { artifactType: 'a/b', layer, annotations: {} });
  await expect(push).rejects.toThrow('found that others wrote it at the same moment');
});
