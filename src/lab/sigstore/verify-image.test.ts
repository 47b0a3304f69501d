import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CertificateClaims } from '../../sigstore/github-claims.ts';
import { github, publicGood } from '../../sigstore/instances.ts';
import { signStatement } from '../../sigstore/sign-statement.ts';
import { predicateTypes } from '../../sigstore/statement.ts';
import { verifyImage } from '../../sigstore/verify-image.ts';
import { badArtifacts } from './testing/bad-artifacts.ts';
import {
  type Claims,
  type Image,
  openSigningWorld,
  type SigningWorld,
  strangeDigest,
} from './testing/signing-world.ts';

let world: SigningWorld;
let elsewhere: SigningWorld;
beforeAll(async () => {
  world = await openSigningWorld();
  elsewhere = await openSigningWorld();
});
afterAll(async () => {
  await world.close();
  await elsewhere.close();
});

const publish = 'acme/app/.github/workflows/publish.yml@refs/heads/main';
const identity = `https://github.com/${publish}`;
const source: CertificateClaims = {
  repositoryUri: 'https://github.com/acme/app',
  ref: 'refs/heads/main',
  runnerEnvironment: 'github-hosted',
};

const signedAs = async (image: Image, claims: Claims = {}): Promise<unknown> =>
  world.attach(image, await world.signed(world.statement(image.digest), claims));

async function verdict(image: Image, claims = source, types: readonly string[] = [predicateTypes.provenance]) {
  const { ok, checks } = await verifyImage(world.registry, {
    image,
    predicateTypes: types,
    signer: { identities: [identity], claims },
    trusted: world.trusted,
  });
  const text = checks.map((one) => `${one.platform ?? 'image'}: ${one.reasons.join('; ')}`).join('\n');
  return { ok, text };
}

test.each([
  ['in public', publicGood],
  ['in private, without a public log', github],
])('what its own workflow signed %s is taken, on every platform, by either kind of statement', async (_, instance) => {
  const { image, places } = await world.pushImage(true);
  for (const digest of places) {
    const about = { ...image, digest };
    await world.attach(about, await world.signed(world.statement(digest), {}, instance));
    const sbom = world.statement(digest, predicateTypes.spdx, { spdxVersion: 'SPDX-2.3' });
    await world.attach(about, await world.signed(sbom, {}, instance), predicateTypes.spdx);
  }
  const found = await verdict(image, { ...source, commit: 'c'.repeat(40) }, [
    predicateTypes.provenance,
    predicateTypes.spdx,
  ]);
  expect(found.text.split('\n')).toEqual(
    ['image', 'linux/amd64', 'linux/arm64', 'image', 'linux/amd64', 'linux/arm64'].map(
      (place) => `${place}: ${identity}`,
    ),
  );
  expect(found.ok).toBe(true);
});

test.each(
  badArtifacts(
    () => world,
    () => elsewhere,
  ),
)('refused: %s', async (_, hang, reason) => {
  const { image } = await world.pushImage(false);
  // Somebody trusted must have signed something: authorities are made at the first signature.
  await world.signed(world.statement(image.digest));
  await world.signed(world.statement(image.digest), {}, github);
  await hang(image);
  const found = await verdict(image);
  expect(found.text).toMatch(reason);
  expect(found.ok).toBe(false);
});

test('refused: an index of which one platform is unsigned', async () => {
  const { image, places } = await world.pushImage(true);
  for (const digest of places.slice(0, 2))
    await world.attach({ ...image, digest }, await world.signed(world.statement(digest)));
  const found = await verdict(image);
  expect(found.ok).toBe(false);
  expect(found.text).toMatch(
    /^image: https:.*\nlinux\/amd64: https:.*\nlinux\/arm64: nothing of this type hangs on it$/,
  );
});

test('refused: another commit than the one that was published', async () => {
  const { image } = await world.pushImage(false);
  await signedAs(image);
  const found = await verdict(image, { ...source, commit: 'd'.repeat(40) });
  expect(found).toEqual({
    ok: false,
    text: `image: expected the source commit ${'d'.repeat(40)}, found ${'c'.repeat(40)}`,
  });
});

test('one good statement is enough, whatever else hangs there', async () => {
  const { image } = await world.pushImage(false);
  await signedAs(image, { runner_environment: 'self-hosted' });
  await signedAs(image);
  expect((await verdict(image)).ok).toBe(true);
});

test('a list that still names what was deleted hides nothing of the rest', async () => {
  const { image } = await world.pushImage(false);
  await signedAs(image);
  const referrers: typeof world.registry.referrers = async (subject) => {
    const [good] = await world.registry.referrers(subject);
    return good === undefined ? [] : [{ ...good, digest: strangeDigest() }, good];
  };
  const { ok } = await verifyImage(
    { ...world.registry, referrers },
    {
      image,
      predicateTypes: [predicateTypes.provenance],
      signer: { identities: [identity], claims: source },
      trusted: world.trusted,
    },
  );
  expect(ok).toBe(true);
});

test.each<[string, Readonly<Record<string, unknown>>, number | undefined, RegExp]>([
  [
    'of another issuer',
    { iss: 'https://token.example.com' },
    undefined,
    /401 There was an error processing the identity token/,
  ],
  ['for another audience', { aud: 'sts.amazonaws.com' }, undefined, /401/],
  ['that has expired', {}, -10, /401/],
])('no certificate for a token %s', async (_, claims, seconds, message) => {
  const token = world.token(claims, seconds);
  await expect(signStatement(world, publicGood, token, world.statement(strangeDigest()))).rejects.toMatchObject({
    code: 'SIGNING_FAILED',
    message: expect.stringMatching(message),
  });
});

test('no certificate for a forged token, nor for a key that one does not hold', async () => {
  const { jwt, claims } = world.token();
  const [head, , signature] = jwt.split('.');
  const forged = Buffer.from(JSON.stringify({ ...claims, repository: 'acme/bank' })).toString('base64url');
  const about = world.statement(strangeDigest());
  await expect(
    signStatement(world, publicGood, { jwt: `${head}.${forged}.${signature}`, claims }, about),
  ).rejects.toThrow(/401/);
  await expect(
    signStatement(world, publicGood, { jwt, claims: { ...claims, sub: 'repo:acme/bank' } }, about),
  ).rejects.toThrow(/400 The signature supplied in the request could not be verified/);
});

test('what was signed before a restart stays verified, by authorities that are gone', async () => {
  const { image } = await world.pushImage(false);
  await signedAs(image);
  const before = world.trusted().map(({ material }) => material.certificateAuthorities.length);
  const again = await openSigningWorld();
  expect(before.every((count) => count >= 1)).toBe(true);
  expect((await verdict(image)).ok).toBe(true);
  await again.close();
});
