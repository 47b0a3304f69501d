import type { ReleaseFile } from '../../../apply/github-release.ts';
import { TrunklineError } from '../../../errors.ts';
import type { GitHub } from '../../../github/client.ts';
import { shortDigest } from '../../../model/digest.ts';
import type { Ports } from '../../../ports.ts';
import { parseImageReference } from '../../../registry/image-reference.ts';
import type { RegistryClient } from '../../../registry/registry-client.ts';
import { type SignerNames, signerNames } from '../../../sigstore/signer-identity.ts';
import { predicateTypes } from '../../../sigstore/statement.ts';
import { readVerified, type VerifiedBundle } from '../../../sigstore/verify-image.ts';
import { type PublishedFrom, readPublishedFrom } from '../../../state/release/published-from.ts';
import { readLock } from '../../read-lock.ts';
import { registryFor } from '../sign/signed-image.ts';
import { trustedRoots } from '../sign/trusted-roots-file.ts';

/** A service that a tag ships, with what was signed about it where somebody looked. */
export interface Shipped extends PublishedFrom {
  readonly signer?: string;
  readonly bundles: readonly VerifiedBundle[];
}

interface Asked {
  readonly repository: string;
  readonly commit: string;
  readonly service?: readonly string[];
  readonly signer?: string;
  readonly trustedRoot?: string;
}

/** What was published from exactly this commit. @throws NOT_FOUND where nothing was, SIGNATURE_REFUSED */
export async function shippedServices(ports: Ports, github: GitHub, asked: Asked): Promise<readonly Shipped[]> {
  const { repository, commit, service: names } = asked;
  const records = await readPublishedFrom(github, repository, commit);
  const published = new Set(records.map((one) => one.service));
  const wanted = names ?? [...published].sort();
  const missing = wanted.filter((name) => !published.has(name));
  if (wanted.length === 0 || missing.length > 0) throw await absent(github, asked, missing);
  const shipped: Shipped[] = [];
  for (const name of wanted) {
    const ofService = records.filter((one) => one.service === name);
    shipped.push(await firstSigned(ports, asked, ofService));
  }
  return shipped;
}

/**
 * Of a commit that was recorded more than once, the newest record: anybody who can write can make one, so with a signer the
 * newest whose image it signed. @throws SIGNATURE_REFUSED where it signed none
 */
async function firstSigned(ports: Ports, asked: Asked, records: readonly PublishedFrom[]): Promise<Shipped> {
  let refused: unknown;
  for (const one of records) {
    try {
      return await withEvidence(ports, asked, one);
    } catch (error) {
      const known = error instanceof TrunklineError && ['SIGNATURE_REFUSED', 'DIGEST_NOT_FOUND'].includes(error.code);
      if (!known) throw error;
      refused ??= error;
    }
  }
  throw refused;
}

async function absent(
  github: GitHub,
  { repository, commit }: Asked,
  missing: readonly string[],
): Promise<TrunklineError> {
  const lately = await readPublishedFrom(github, repository);
  const last = lately.find((one) => missing.length === 0 || missing.includes(one.service));
  const newest =
    last === undefined
      ? 'none was ever'
      : `the newest of ${last.service} is ${shortDigest(last.digest)} of ${last.commit.slice(0, 12)}, another commit`;
  return new TrunklineError(
    'NOT_FOUND',
    `expected a release of ${missing.join(', ') || 'a service'} published from ${commit.slice(0, 12)}, found none (${newest})`,
    { hint: 'a tag ships what its own commit was built into: tag a commit that was published, or publish this one' },
  );
}

async function withEvidence(ports: Ports, asked: Asked, one: PublishedFrom): Promise<Shipped> {
  if (asked.signer === undefined) return { ...one, bundles: [] };
  if (one.image === undefined || one.ref === undefined)
    throw new TrunklineError(
      'SIGNATURE_REFUSED',
      `expected a record of ${one.service} that names its image and ref, found one that does not`,
    );
  const registry = registryFor(ports);
  const lock = readLock(ports.cwd);
  const names = signerNames({ source: asked.repository, signer: asked.signer, ref: one.ref, lock });
  const bundles = await bundlesOf(registry, ports, asked, { ...one, image: one.image, ref: one.ref }, names);
  return { ...one, signer: bundles[0]?.identity ?? asked.signer, bundles };
}

/** Provenance must be there; whatever else the signer hung on it comes along. @throws SIGNATURE_REFUSED */
async function bundlesOf(
  registry: RegistryClient,
  ports: Ports,
  { repository, commit, trustedRoot }: Asked,
  { image, digest, ref, service }: PublishedFrom & { readonly image: string; readonly ref: string },
  names: SignerNames,
): Promise<readonly VerifiedBundle[]> {
  const signer = {
    ...names,
    claims: { repositoryUri: `https://github.com/${repository}`, ref, commit },
  };
  const trusted = trustedRoots(ports, trustedRoot);
  const found: VerifiedBundle[] = [];
  for (const predicateType of Object.values(predicateTypes)) {
    const wanted = { digest, predicateType, signer };
    const outcome = await readVerified(registry, { ...parseImageReference(image), digest }, wanted, trusted);
    if (outcome.verified !== undefined) found.push(outcome.verified);
    else if (predicateType === predicateTypes.provenance)
      throw new TrunklineError(
        'SIGNATURE_REFUSED',
        `expected provenance of ${service} ${shortDigest(digest)} by ${names.identities.join(' or ')}: ${outcome.reasons.join('; ')}`,
      );
  }
  return found;
}

/** The bundles as they hang on the image, one a line, and the SBOM as its tool wrote it. */
export function evidenceFiles({ service, bundles }: Shipped): readonly ReleaseFile[] {
  if (bundles.length === 0) return [];
  const lines = bundles.map(({ bytes }) => Buffer.from(bytes).toString('utf8').trim());
  const boms = [
    [predicateTypes.spdx, 'spdx.json'],
    [predicateTypes.cyclonedx, 'cdx.json'],
  ] as const;
  return [
    {
      name: `${service}.sigstore.jsonl`,
      mediaType: 'application/jsonl',
      bytes: Buffer.from(`${lines.join('\n')}\n`),
    },
    ...boms.flatMap(([type, ending]) =>
      bundles
        .filter(({ predicateType }) => predicateType === type)
        .map(({ statement }) => ({
          name: `${service}.${ending}`,
          mediaType: 'application/json',
          bytes: Buffer.from(`${JSON.stringify(statement.predicate)}\n`),
        })),
    ),
  ];
}
