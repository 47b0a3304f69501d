import { generateKeyPairSync, sign } from 'node:crypto';
import type { SerializedBundle } from '@sigstore/bundle';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CertificateClaims } from '../../sigstore/github-claims.ts';
import { github, publicGood } from '../../sigstore/instances.ts';
import { signStatement } from '../../sigstore/sign-statement.ts';
import { predicateTypes, type Statement } from '../../sigstore/statement.ts';
import { verifyImage } from '../../sigstore/verify-image.ts';
import { type Image, openSigningWorld, type SigningWorld, strangeDigest } from './testing/signing-world.ts';

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

/** Hangs something on an image that nobody should take. */
type Bad = (image: Image) => Promise<unknown>;
const signedAs =
  (claims: Readonly<Record<string, unknown>>): Bad =>
  async (image) =>
    world.attach(image, await world.signed(world.statement(image.digest), claims));
const edited =
  (change: (bundle: Edit) => void, instance = publicGood): Bad =>
  async (image) => {
    const bundle = structuredClone(await world.signed(world.statement(image.digest), {}, instance)) as unknown as Edit;
    change(bundle);
    return world.attach(image, bundle as unknown as SerializedBundle);
  };
interface Edit {
  mediaType: string;
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] };
  verificationMaterial: {
    tlogEntries: { integratedTime: string; logIndex: string }[];
    timestampVerificationData?: { rfc3161Timestamps: unknown[] };
  };
}
const rewrite = (bundle: Edit, change: (statement: { subject: unknown; predicate: unknown }) => void): void => {
  const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString()) as Statement & {
    subject: unknown;
    predicate: unknown;
  };
  change(statement);
  bundle.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
};
const other = 'https://github.com/acme/other';

test.each<[string, Bad, RegExp]>([
  ['nothing', async () => undefined, /nothing of this type hangs on it/],
  [
    'a signature of another repository',
    signedAs({ repository: 'acme/other', job_workflow_ref: publish.replace('app', 'other') }),
    /expected it signed by .*acme\/app\/.*, found .*acme\/other\//,
  ],
  [
    'one of another branch',
    signedAs({ ref: 'refs/heads/x', job_workflow_ref: publish.replace('main', 'x') }),
    /found .*publish\.yml@refs\/heads\/x$/,
  ],
  [
    'one of another workflow',
    signedAs({ job_workflow_ref: publish.replace('publish', 'nightly') }),
    /found .*nightly\.yml@refs\/heads\/main$/,
  ],
  [
    'one of a name that begins alike',
    signedAs({ job_workflow_ref: `${publish}-next` }),
    /found .*@refs\/heads\/main-next$/,
  ],
  [
    'one of a name that ends alike',
    signedAs({ job_workflow_ref: `evil/${publish}` }),
    /found https:\/\/github\.com\/evil\/acme/,
  ],
  [
    'one of the shared workflow for another repository',
    signedAs({ repository: 'acme/other' }),
    new RegExp(`expected the source repository https://github.com/acme/app, found ${other}`),
  ],
  [
    'one of a pull request',
    signedAs({ ref: 'refs/pull/7/merge' }),
    /expected the source ref refs\/heads\/main, found refs\/pull\/7\/merge/,
  ],
  [
    'one of a machine of one’s own',
    signedAs({ runner_environment: 'self-hosted' }),
    /expected the runner github-hosted, found self-hosted/,
  ],
  [
    'a statement of another type',
    async (image) => world.attach(image, await world.signed(world.statement(image.digest, predicateTypes.spdx))),
    /expected a statement of type .*provenance.*, found .*spdx/,
  ],
  [
    'a statement about another image',
    async (image) => world.attach(image, await world.signed(world.statement(strangeDigest()))),
    /expected a statement about sha256:.*, found one about sha256:/,
  ],
  [
    'a statement about nothing',
    async (image) => world.attach(image, await world.signed({ ...world.statement(image.digest), subject: [] })),
    /found one about nothing/,
  ],
  [
    'a statement whose subject was changed',
    async (image) => {
      const bundle = structuredClone(await world.signed(world.statement(strangeDigest()))) as unknown as Edit;
      rewrite(bundle, (statement) => {
        statement.subject = world.statement(image.digest).subject;
      });
      return world.attach(image, bundle as unknown as SerializedBundle);
    },
    /expected a signature of a trusted instance/,
  ],
  [
    'a statement whose predicate was changed',
    edited((bundle) =>
      rewrite(bundle, (statement) => {
        statement.predicate = { packages: [] };
      }),
    ),
    /expected a signature of a trusted instance/,
  ],
  [
    'a signature of another key',
    edited((bundle) => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const [signature] = bundle.dsseEnvelope.signatures;
      if (signature !== undefined) signature.sig = sign('sha256', Buffer.from('x'), privateKey).toString('base64');
    }),
    /expected a signature of a trusted instance/,
  ],
  [
    'what is in no log',
    edited((bundle) => {
      bundle.verificationMaterial.tlogEntries = [];
    }),
    /expected 1 tlog entries, got 0/,
  ],
  [
    'what says another time than the log',
    edited((bundle) => {
      const [entry] = bundle.verificationMaterial.tlogEntries;
      if (entry !== undefined) entry.integratedTime = String(Number(entry.integratedTime) + 60);
    }),
    /inclusion promise could not be verified/,
  ],
  [
    'what says another place in the log',
    edited((bundle) => {
      const [entry] = bundle.verificationMaterial.tlogEntries;
      if (entry !== undefined) entry.logIndex = '99';
    }),
    /expected a signature of a trusted instance/,
  ],
  [
    'one entry twice',
    edited((bundle) => {
      bundle.verificationMaterial.tlogEntries.push(...bundle.verificationMaterial.tlogEntries);
    }),
    /duplicate timestamp/,
  ],
  [
    'what nobody timed',
    edited((bundle) => {
      bundle.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [] };
    }, github),
    /expected 1 timestamps, got 0/,
  ],
  [
    'a timestamp of another signature',
    async (image) => {
      const [one, another] = [
        await world.signed(world.statement(image.digest), {}, github),
        await world.signed(world.statement(strangeDigest()), {}, github),
      ];
      const bundle = structuredClone(one) as unknown as Edit;
      const { timestampVerificationData } = (another as unknown as Edit).verificationMaterial;
      if (timestampVerificationData !== undefined)
        bundle.verificationMaterial.timestampVerificationData = timestampVerificationData;
      return world.attach(image, bundle as unknown as SerializedBundle);
    },
    /expected a signature of a trusted instance/,
  ],
  [
    'a certificate that had run out',
    async (image) => {
      world.setLateness(60 * 60 * 1000);
      const bundle = await world.signed(world.statement(image.digest)).finally(() => world.setLateness(0));
      return world.attach(image, bundle);
    },
    /certificate is not valid or expired|Failed to verify certificate chain/,
  ],
  [
    'a signature of authorities that nobody trusts',
    async (image) => world.attach(image, await elsewhere.signed(world.statement(image.digest))),
    /expected a signature of a trusted instance/,
  ],
  [
    'another payload',
    edited((bundle) => {
      bundle.dsseEnvelope.payloadType = 'text/plain';
    }),
    /expected an in-toto statement, found text\/plain/,
  ],
  [
    'something that is no bundle',
    async (image) => world.attach(image, { hello: 1 } as unknown as SerializedBundle),
    /expected a Sigstore bundle/,
  ],
])('refused: %s', async (_, hang, reason) => {
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
  await signedAs({})(image);
  const found = await verdict(image, { ...source, commit: 'd'.repeat(40) });
  expect(found).toEqual({
    ok: false,
    text: `image: expected the source commit ${'d'.repeat(40)}, found ${'c'.repeat(40)}`,
  });
});

test('one good statement is enough, whatever else hangs there', async () => {
  const { image } = await world.pushImage(false);
  await signedAs({ runner_environment: 'self-hosted' })(image);
  await signedAs({})(image);
  expect((await verdict(image)).ok).toBe(true);
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
  await signedAs({})(image);
  const before = world.trusted().map(({ material }) => material.certificateAuthorities.length);
  const again = await openSigningWorld();
  expect(before.every((count) => count >= 1)).toBe(true);
  expect((await verdict(image)).ok).toBe(true);
  await again.close();
});
