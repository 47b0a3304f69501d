import type { Accepted, EnvironmentsConfig } from '../config/config.ts';
import { type SignatureVerdict, signatureKey } from '../delivery/policy/signature-gate.ts';
import type { PublishedRelease } from '../delivery/state.ts';
import { TrunklineError } from '../errors.ts';
import { parseImageReference } from '../registry/image-reference.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { signerIdentity } from '../sigstore/signer-identity.ts';
import { predicateTypes } from '../sigstore/statement.ts';
import type { TrustedInstance } from '../sigstore/trusted-roots.ts';
import { verifyImage } from '../sigstore/verify-image.ts';

export interface Verification {
  readonly registry: RegistryClient;
  /** Read once something hangs there that could be signed. */
  readonly trusted: () => readonly TrustedInstance[];
}

/** What a release says of itself that its signature has to say too. */
export type SignedRelease = Pick<PublishedRelease, 'service' | 'digest' | 'image' | 'ref' | 'source' | 'repository'>;

/**
 * Of each release whose repository must sign: whether all that is asked for hangs on it, signed by that repository's
 * signer at the very ref and commit that its record names. Registries are asked, GitHub is not.
 */
export async function verifyReleases(
  { registry, trusted }: Verification,
  config: Pick<EnvironmentsConfig, 'accept'>,
  releases: readonly SignedRelease[],
): Promise<ReadonlyMap<string, SignatureVerdict>> {
  const verdicts = new Map<string, SignatureVerdict>();
  for (const release of releases) {
    const accepted = config.accept.find((one) => one.repository === release.repository && one.verify.length > 0);
    const key = signatureKey(release.service, release.digest);
    // Published twice, of which one is as it must be: that one counts.
    if (accepted === undefined || verdicts.get(key)?.ok === true) continue;
    verdicts.set(key, await verifyRelease({ registry, trusted }, accepted, release));
  }
  return verdicts;
}

async function verifyRelease(
  { registry, trusted }: Verification,
  accepted: Accepted,
  release: SignedRelease,
): Promise<SignatureVerdict> {
  const { image, ref, source, repository, digest } = release;
  const refuse = (reason: string): SignatureVerdict => ({ ok: false, reason });
  if (accepted.signer === undefined)
    return refuse(`expected a signer of ${repository} in the configuration, found none`);
  if (image === undefined || ref === undefined || source === undefined)
    return refuse('expected a record that names image, ref and commit, found one that does not');
  try {
    const { ok, checks } = await verifyImage(registry, {
      image: { ...parseImageReference(image), digest },
      predicateTypes: accepted.verify.map((name) => predicateTypes[name]),
      signer: {
        identities: [signerIdentity({ source: repository, signer: accepted.signer, ref })],
        claims: { repositoryUri: `https://github.com/${repository}`, ref, commit: source.commit },
      },
      trusted,
    });
    const failed = checks.filter((one) => !one.ok);
    if (ok) return { ok: true, reason: `signed by ${checks[0]?.reasons[0] ?? accepted.signer}` };
    return refuse(failed.map((one) => [one.platform, one.reasons.join('; ')].filter(Boolean).join(': ')).join('; '));
  } catch (error) {
    // A registry that is down, or an image that is gone: not known is not signed.
    if (error instanceof TrunklineError) return refuse(error.message);
    throw error;
  }
}
