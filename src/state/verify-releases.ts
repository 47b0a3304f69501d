import type { Accepted, EnvironmentsConfig } from '../config/config.ts';
import { lockedSigners, sharedWorkflow } from '../config/shared-workflow.ts';
import { routedTo } from '../delivery/bump.ts';
import { type SignatureVerdict, signatureKey } from '../delivery/policy/signature-gate.ts';
import type { PublishedRelease } from '../delivery/state.ts';
import { TrunklineError } from '../errors.ts';
import type { Digest } from '../model/digest.ts';
import { parseImageReference } from '../registry/image-reference.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import type { SignerPolicy } from '../sigstore/check-signer.ts';
import { signerNames } from '../sigstore/signer-identity.ts';
import { predicateTypes } from '../sigstore/statement.ts';
import type { TrustedInstance } from '../sigstore/trusted-roots.ts';
import { type ImageCheck, verifyImage } from '../sigstore/verify-image.ts';
import { type Lock, lockPath } from '../workflow/generate/lock.ts';

export interface Verification {
  readonly registry: RegistryClient;
  /** Read once something hangs there that could be signed. */
  readonly trusted: () => readonly TrustedInstance[];
  /** Which versions of a shared workflow sign, of the default branch. */
  readonly lock: Pick<Lock, 'actions'>;
}

/** What a release says of itself that its signature has to say too. */
export type SignedRelease = Pick<PublishedRelease, 'service' | 'digest' | 'image' | 'ref' | 'source' | 'repository'>;

/** What says whose releases must be signed, and from which refs they come. */
export type SigningConfig = Pick<EnvironmentsConfig, 'accept' | 'routes' | 'environments'>;

/**
 * Of each release whose repository must sign: whether all that is asked for hangs on it, signed by that repository's
 * signer at the very ref and commit that its record names. A tag names what its commit was built into before: signed at that
 * commit, on a branch that releases come from. Registries are asked, GitHub is not.
 */
export async function verifyReleases(
  verification: Verification,
  config: SigningConfig,
  releases: readonly SignedRelease[],
): Promise<ReadonlyMap<string, SignatureVerdict>> {
  const verdicts = new Map<string, SignatureVerdict>();
  for (const release of releases) {
    const accepted = config.accept.find((one) => one.repository === release.repository && one.verify.length > 0);
    const key = signatureKey(release.service, release.digest);
    // Published twice, of which one is as it must be: that one counts.
    if (accepted === undefined || verdicts.get(key)?.ok === true) continue;
    verdicts.set(key, await verifyRelease(verification, accepted, release, takenBy(config)));
  }
  return verdicts;
}

/** What is about to be deployed. */
export interface PinnedRelease {
  readonly service: string;
  readonly digest: Digest;
  /** Without tag or digest. */
  readonly image?: string;
}

/**
 * The same for what is pinned, where no record is at hand: signed by the signer of a repository that may ship the service,
 * at a ref that leads to an environment, or at a hotfix branch. Answers what is refused.
 */
export async function refuseUnsigned(
  verification: Verification,
  config: SigningConfig,
  pins: readonly PinnedRelease[],
): Promise<readonly { readonly service: string; readonly reason: string }[]> {
  const takes = takenBy(config);
  const refused: { service: string; reason: string }[] = [];
  for (const { service, digest, image } of pins) {
    const accepted = config.accept.filter((one) => one.services.has(service));
    if (accepted.every((one) => one.verify.length === 0)) continue;
    const reasons: string[] = [];
    for (const one of accepted) {
      const reason = await verifyPin(
        verification,
        one,
        { service, digest, ...(image === undefined ? {} : { image }) },
        takes,
      );
      if (reason === undefined) break;
      reasons.push(reason);
    }
    if (reasons.length === accepted.length) refused.push({ service, reason: [...new Set(reasons)].join('; ') });
  }
  return refused;
}

/** Whether releases come from a ref: one that leads to an environment, or a hotfix branch. */
function takenBy(config: SigningConfig): (ref: string) => boolean {
  return (ref) =>
    /^refs\/heads\/hotfixes\/\S+$/.test(ref) ||
    routedTo(config, { ref, tag: undefined }).length > 0 ||
    // A suffix of the image's tag says nothing of the ref.
    config.routes.some((route) => route.by === 'suffix');
}

/** Undefined where it is signed as it must be. */
async function verifyPin(
  { registry, trusted, lock }: Verification,
  accepted: Accepted,
  { digest, image }: PinnedRelease,
  takes: (ref: string) => boolean,
): Promise<string | undefined> {
  const { repository, signer, verify } = accepted;
  if (verify.length === 0) return undefined;
  if (signer === undefined) return `expected a signer of ${repository} in the configuration, found none`;
  if (image === undefined) return 'expected a pin that names its image, found one that does not';
  try {
    const { ok, checks } = await verifyImage(registry, {
      image: { ...parseImageReference(image), digest },
      predicateTypes: verify.map((name) => predicateTypes[name]),
      signer: onRunner(accepted, signerAt(repository, signer, takes, lock)),
      classic: accepted.classic === true,
      trusted,
    });
    return ok ? undefined : reasonOf(checks, accepted);
  } catch (error) {
    if (error instanceof TrunklineError) return error.message;
    throw error;
  }
}

/** The signer, at whichever of these refs it ran; a shared workflow's own ref is part of its name. */
function signerAt(
  repository: string,
  signer: string,
  takes: (ref: string) => boolean,
  lock: Verification['lock'],
): SignerPolicy {
  const claims = { repositoryUri: `https://github.com/${repository}` };
  if (sharedWorkflow(signer) !== undefined)
    return { ...signerNames({ source: repository, signer, lock }), takes, claims };
  return { identities: [], atRef: { workflow: `https://github.com/${repository}/${signer}`, takes }, claims };
}

function onRunner({ runner }: Accepted, policy: SignerPolicy): SignerPolicy {
  return runner === undefined ? policy : { ...policy, claims: { ...policy.claims, runnerEnvironment: runner } };
}

/** What a record says of itself has to be what the certificate says. */
function signerOf(
  repository: string,
  signer: string,
  at: SignedAt,
  takes: (ref: string) => boolean,
  lock: Verification['lock'],
): SignerPolicy {
  const { ref, commit } = at;
  if (ref.startsWith('refs/tags/')) {
    const policy = signerAt(repository, signer, (one) => one.startsWith('refs/heads/') && takes(one), lock);
    return { ...policy, claims: { ...policy.claims, commit } };
  }
  return {
    ...signerNames({ source: repository, signer, ref, lock }),
    claims: { repositoryUri: `https://github.com/${repository}`, ref, commit },
  };
}

interface SignedAt {
  readonly ref: string;
  readonly commit: string;
}

/** Of a shared workflow, with where the versions stand that count: whoever calls another has to be followed. */
function reasonOf(checks: readonly ImageCheck[], accepted: Accepted): string {
  const said = checks
    .filter((one) => !one.ok)
    .map((one) => [one.platform, one.reasons.join('; ')].filter((part) => part !== undefined).join(': '))
    .join('; ');
  const [shared] = lockedSigners([accepted]);
  if (shared === undefined || !said.includes('expected it signed by')) return said;
  return `${said} (versions that count stand in ${lockPath}: trunkline pin --update ${shared})`;
}

async function verifyRelease(
  { registry, trusted, lock }: Verification,
  accepted: Accepted,
  release: SignedRelease,
  takes: (ref: string) => boolean,
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
      signer: onRunner(accepted, signerOf(repository, accepted.signer, { ref, commit: source.commit }, takes, lock)),
      classic: accepted.classic === true,
      trusted,
    });
    if (ok) return { ok: true, reason: `signed by ${checks[0]?.reasons[0] ?? accepted.signer}` };
    return refuse(reasonOf(checks, accepted));
  } catch (error) {
    // A registry that is down, or an image that is gone: not known is not signed.
    if (error instanceof TrunklineError) return refuse(error.message);
    throw error;
  }
}
