import { generateKeyPairSync, sign } from 'node:crypto';
import type { SerializedBundle } from '@sigstore/bundle';
import { github, publicGood } from '../../../sigstore/instances.ts';
import { predicateTypes, type Statement } from '../../../sigstore/statement.ts';
import { type Image, type SigningWorld, strangeDigest } from './signing-world.ts';

/** Hangs something on an image that nobody should take. */
export type Bad = (image: Image) => Promise<unknown>;

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

const publish = 'acme/app/.github/workflows/publish.yml@refs/heads/main';
const other = 'https://github.com/acme/other';

/**
 * Everything that is no signature of acme/app's publish.yml at main, and the reason for which it is refused.
 * Authorities are made at the first signature of each instance: somebody trusted must have signed something.
 */
export function badArtifacts(
  world: () => SigningWorld,
  elsewhere: () => SigningWorld,
): readonly (readonly [string, Bad, RegExp])[] {
  const signedAs =
    (claims: Readonly<Record<string, unknown>>): Bad =>
    async (image) =>
      world().attach(image, await world().signed(world().statement(image.digest), claims));
  const edited =
    (change: (bundle: Edit) => void, instance = publicGood): Bad =>
    async (image) => {
      const bundle = structuredClone(
        await world().signed(world().statement(image.digest), {}, instance),
      ) as unknown as Edit;
      change(bundle);
      return world().attach(image, bundle as unknown as SerializedBundle);
    };
  return [
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
      async (image) =>
        world().attach(image, await world().signed(world().statement(image.digest, predicateTypes.spdx))),
      /expected a statement of type .*provenance.*, found .*spdx/,
    ],
    [
      'a statement about another image',
      async (image) => world().attach(image, await world().signed(world().statement(strangeDigest()))),
      /expected a statement about sha256:.*, found one about sha256:/,
    ],
    [
      'a statement about nothing',
      async (image) => world().attach(image, await world().signed({ ...world().statement(image.digest), subject: [] })),
      /found one about nothing/,
    ],
    [
      'a statement whose subject was changed',
      async (image) => {
        const bundle = structuredClone(await world().signed(world().statement(strangeDigest()))) as unknown as Edit;
        rewrite(bundle, (statement) => {
          statement.subject = world().statement(image.digest).subject;
        });
        return world().attach(image, bundle as unknown as SerializedBundle);
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
          await world().signed(world().statement(image.digest), {}, github),
          await world().signed(world().statement(strangeDigest()), {}, github),
        ];
        const bundle = structuredClone(one) as unknown as Edit;
        const { timestampVerificationData } = (another as unknown as Edit).verificationMaterial;
        if (timestampVerificationData !== undefined)
          bundle.verificationMaterial.timestampVerificationData = timestampVerificationData;
        return world().attach(image, bundle as unknown as SerializedBundle);
      },
      /expected a signature of a trusted instance/,
    ],
    [
      'a certificate that had run out',
      async (image) => {
        world().setLateness(60 * 60 * 1000);
        const bundle = await world()
          .signed(world().statement(image.digest))
          .finally(() => world().setLateness(0));
        return world().attach(image, bundle);
      },
      /certificate is not valid or expired|Failed to verify certificate chain/,
    ],
    [
      'a signature of authorities that nobody trusts',
      async (image) => world().attach(image, await elsewhere().signed(world().statement(image.digest))),
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
      async (image) => world().attach(image, { hello: 1 } as unknown as SerializedBundle),
      /expected a Sigstore bundle/,
    ],
  ];
}
