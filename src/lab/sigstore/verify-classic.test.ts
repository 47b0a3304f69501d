import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClassicSignature } from '../../sigstore/classic/classic-signature.ts';
import { simpleSigning } from '../../sigstore/classic/simple-signing.ts';
import { github, publicGood } from '../../sigstore/instances.ts';
import { logEntry } from '../../sigstore/services.ts';
import { predicateTypes } from '../../sigstore/statement.ts';
import { verifyImage } from '../../sigstore/verify-image.ts';
import { type Image, openSigningWorld, type SigningWorld, strangeDigest } from './testing/signing-world.ts';

let world: SigningWorld;
let elsewhere: SigningWorld;
beforeAll(async () => {
  world = await openSigningWorld();
  elsewhere = await openSigningWorld();
  // Authorities are made at the first signature of each instance.
  await world.signedClassic(strangeDigest());
  await world.signedClassic(strangeDigest(), {}, github);
});
afterAll(async () => {
  await world.close();
  await elsewhere.close();
});

const identity = 'https://github.com/acme/app/.github/workflows/publish.yml@refs/heads/main';

async function verdict(image: Image, classic = true) {
  const { ok, checks } = await verifyImage(world.registry, {
    image,
    predicateTypes: [predicateTypes.signature],
    signer: { identities: [identity], claims: { repositoryUri: 'https://github.com/acme/app' } },
    classic,
    trusted: world.trusted,
  });
  return { ok, text: checks.map((one) => `${one.platform ?? 'image'}: ${one.reasons.join('; ')}`).join('\n') };
}

test.each([
  ['in public', publicGood],
  ['in private, without a public log', github],
])(
  'a signature as cosign kept it before version 3 counts %s, on every platform, where it is let',
  async (_, instance) => {
    const { image, places } = await world.pushImage(true);
    for (const digest of places)
      await world.attachClassic({ ...image, digest }, await world.signedClassic(digest, {}, instance));
    expect(await verdict(image)).toEqual({
      ok: true,
      text: `image: ${identity}\nlinux/amd64: ${identity}\nlinux/arm64: ${identity}`,
    });
    expect(await verdict(image, false)).toMatchObject({ ok: false });
  },
);

type Bad = (image: Image) => Promise<ClassicSignature>;
const changed =
  (change: (good: ClassicSignature) => Partial<ClassicSignature>, instance = publicGood): Bad =>
  async ({ digest }) => {
    const good = await world.signedClassic(digest, {}, instance);
    return { ...good, ...change(good) };
  };
const withEntry = (change: (entry: NonNullable<ClassicSignature['entry']>) => object): Bad =>
  changed(({ entry }) => (entry === undefined ? {} : { entry: { ...entry, ...change(entry) } }));
const without =
  (part: 'entry' | 'certificate' | 'timestamp', instance = publicGood): Bad =>
  async ({ digest }) => {
    const { [part]: _, ...rest } = await world.signedClassic(digest, {}, instance);
    return rest;
  };

test.each<[string, Bad, RegExp]>([
  [
    'of another image',
    () => world.signedClassic(strangeDigest()),
    /expected a signature of sha256:.*, found one of sha256:/,
  ],
  [
    'whose payload was changed to name this image',
    async ({ registry, repository, digest }) => ({
      ...(await world.signedClassic(strangeDigest())),
      payload: simpleSigning(`${registry}/${repository}`, digest),
    }),
    /digest mismatch|signature verification failed/,
  ],
  [
    'of another workflow',
    ({ digest }) =>
      world.signedClassic(digest, { job_workflow_ref: 'acme/app/.github/workflows/nightly.yml@refs/heads/main' }),
    /expected it signed by .*publish\.yml@refs\/heads\/main, found .*nightly\.yml@/,
  ],
  [
    'of a name that begins alike',
    ({ digest }) =>
      world.signedClassic(digest, { job_workflow_ref: 'acme/app/.github/workflows/publish.yml@refs/heads/main-next' }),
    /found .*@refs\/heads\/main-next/,
  ],
  [
    'for another repository',
    ({ digest }) => world.signedClassic(digest, { repository: 'acme/other' }),
    /expected the source repository https:\/\/github\.com\/acme\/app, found .*acme\/other/,
  ],
  ['in no log', without('entry'), /expected 1 tlog entries, got 0|expected 1 timestamps, got 0/],
  [
    'with the log’s entry of another signature',
    async ({ digest }) => {
      const { entry } = await world.signedClassic(digest);
      const good = await world.signedClassic(digest);
      return entry === undefined ? good : { ...good, entry };
    },
    /signature mismatch/,
  ],
  [
    'that says another time than the log',
    withEntry(({ integratedTime }) => ({ integratedTime: String(Number(integratedTime) + 60) })),
    /inclusion promise could not be verified/,
  ],
  [
    'that says another place in the log',
    withEntry(() => ({ logIndex: '99' })),
    /inclusion promise could not be verified/,
  ],
  [
    'whose entry nobody promised',
    withEntry(() => ({ inclusionPromise: { signedEntryTimestamp: Buffer.from('x') } })),
    /inclusion promise could not be verified/,
  ],
  [
    'whose logged body is of another kind',
    withEntry(({ canonicalizedBody }) => ({
      canonicalizedBody: Buffer.from(canonicalizedBody.toString().replace('hashedrekord', 'rekord')),
    })),
    /inclusion promise could not be verified/,
  ],
  ['that nobody timed', without('timestamp', github), /expected 1 timestamps, got 0/],
  [
    'with the timestamp of another',
    async ({ digest }) => {
      const { timestamp } = await world.signedClassic(strangeDigest(), {}, github);
      const good = await world.signedClassic(digest, {}, github);
      return timestamp === undefined ? good : { ...good, timestamp };
    },
    /expected a signature of a trusted instance/,
  ],
  [
    'with a timestamp that is none',
    changed(() => ({ timestamp: Buffer.from('soon') })),
    /expected a signature of a trusted instance/,
  ],
  ['of a key that nobody certified', without('certificate'), /expected a certificate beside the signature, found none/],
  [
    'with a certificate that is none',
    changed(() => ({ certificate: Buffer.from('x') })),
    /expected a signature of a trusted instance/,
  ],
  [
    'of a key that another was certified for',
    changed(({ payload }) => ({
      signature: sign('sha256', payload, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    })),
    /expected a signature of a trusted instance/,
  ],
  ['of authorities that nobody trusts', ({ digest }) => elsewhere.signedClassic(digest), /of a trusted instance/],
  [
    'of something that is no image',
    changed(() => ({ payload: Buffer.from('{"hello":1}') })),
    /expected a signature of an image, found one of something else/,
  ],
])('refused: a signature of before cosign 3 %s', async (_, make, reason) => {
  const { image } = await world.pushImage(false);
  await world.attachClassic(image, await make(image));
  const found = await verdict(image);
  expect(found.text).toMatch(reason);
  expect(found.text).toContain('.sig: ');
  expect(found.ok).toBe(false);
});

test('several stand under one tag, and one good one is enough; a bundle is looked at first', async () => {
  const { image } = await world.pushImage(false);
  await world.attachClassic(image, await world.signedClassic(strangeDigest()));
  await world.attachClassic(image, await world.signedClassic(image.digest));
  expect(await verdict(image)).toEqual({ ok: true, text: `image: ${identity}` });
  const other = await world.pushImage(false);
  expect((await verdict(other.image)).text).toMatch(
    /^image: nothing of this type hangs on it; nor a signature under sha256-[0-9a-f]{64}\.sig$/,
  );
});

test('the log takes no hash that its key did not sign', async () => {
  const { signature, certificate, entry } = await world.signedClassic(strangeDigest());
  const body = JSON.parse(entry?.canonicalizedBody.toString() ?? '{}');
  expect(body).toMatchObject({ kind: 'hashedrekord', apiVersion: '0.0.1' });
  expect(body.spec.signature.content).toBe(signature.toString('base64'));
  expect(Buffer.from(body.spec.signature.publicKey.content, 'base64').toString()).toContain('BEGIN CERTIFICATE');
  expect(certificate).toBeDefined();
  const add = (spec: object): Promise<unknown> =>
    logEntry(world.fetch, publicGood.rekor ?? '', { apiVersion: '0.0.1', kind: 'hashedrekord', spec });
  const hash = (value: string, algorithm = 'sha256') => ({ hash: { algorithm, value } });
  await expect(add({ ...body.spec, data: hash('0'.repeat(64)) })).rejects.toThrow('invalid signature');
  await expect(add({ ...body.spec, data: hash('0'.repeat(40), 'sha1') })).rejects.toThrow('expected the SHA-256');
  await expect(add({ data: body.spec.data })).rejects.toThrow('expected a signature and a public key');
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const content = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })).toString('base64');
  const strange = { ...body.spec.signature, publicKey: { content } };
  await expect(add({ ...body.spec, signature: strange })).rejects.toThrow('expected a key on P-256');
});
