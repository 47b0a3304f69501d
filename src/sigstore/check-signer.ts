import { type SignedEntity, type Signer, Verifier } from '@sigstore/verify';
import { type CertificateClaim, type CertificateClaims, githubIssuer, readClaims } from './github-claims.ts';
import type { TrustedInstance } from './trusted-roots.ts';

/** Who must have signed. Every word is compared whole; nothing is a pattern. */
export interface SignerPolicy {
  /** https://token.actions.githubusercontent.com unless it is another GitHub. */
  readonly issuer?: string;
  /** The workflow that signs, with its ref: `https://github.com/acme/app/.github/workflows/publish.yml@refs/heads/main`; any of these. */
  readonly identities: readonly string[];
  /** Of those that sign no more: what was certified before this time counts, in milliseconds since 1970. */
  readonly until?: ReadonlyMap<string, number>;
  /** A workflow file without its ref, which counts at the ref that the certificate names, where that is taken. */
  readonly atRef?: { readonly workflow: string; readonly takes: (ref: string) => boolean };
  /** Which refs of the source repository count, where the identity does not end in it. */
  readonly takes?: (ref: string) => boolean;
  /** Further claims that must be in the certificate, word for word. */
  readonly claims: CertificateClaims;
}

const words: Readonly<Record<CertificateClaim, string>> = {
  issuer: 'issuer',
  signerUri: 'workflow that signed',
  signerDigest: 'commit of the workflow that signed',
  runnerEnvironment: 'runner',
  repositoryUri: 'source repository',
  commit: 'source commit',
  ref: 'source ref',
  repositoryId: 'source repository id',
  ownerUri: 'owner',
  ownerId: 'owner id',
  workflowUri: 'workflow',
  workflowDigest: 'commit of the workflow',
  trigger: 'event',
  runUri: 'run',
  visibility: 'visibility',
};

/**
 * Whether a trusted instance certified and timed the signature, and it is whose the policy names; else the one thing that
 * differs. `entity` reads certificates and timestamps, and may throw.
 */
export function checkSigner(
  entity: () => SignedEntity,
  policy: SignerPolicy,
  trusted: readonly TrustedInstance[],
): { readonly identity: string; readonly claims: CertificateClaims } | { readonly reason: string } {
  const signed = verifySignature(entity, trusted);
  if ('reason' in signed) return signed;
  const identity = signed.identity?.subjectAlternativeName ?? 'nobody';
  const claims = readClaims(signed.identity?.oids ?? []);
  const reason = differenceIn(policy, identity, claims) ?? tooLate(policy, identity, entity());
  return reason === undefined ? { identity, claims } : { reason };
}

/** Tried against each instance; where none takes it, all say why. */
function verifySignature(
  entity: () => SignedEntity,
  trusted: readonly TrustedInstance[],
): Signer | { readonly reason: string } {
  const reasons: string[] = [];
  for (const { name, material, logged } of trusted) {
    // Thresholds of 1: with none, nothing would say at what time the short-lived certificate was used.
    const verifier = new Verifier(material, {
      tlogThreshold: logged ? 1 : 0,
      ctlogThreshold: logged ? 1 : 0,
      timestampThreshold: 1,
    });
    try {
      return verifier.verify(entity());
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { reason: `expected a signature of a trusted instance, found that of none (${reasons.join('; ')})` };
}

/** A certificate is good for minutes, and was shown above to have been so when it was used. */
function tooLate({ until }: SignerPolicy, identity: string, { key }: SignedEntity): string | undefined {
  const end = until?.get(identity);
  if (end === undefined) return undefined;
  if (key.$case === 'certificate' && key.certificate.notBefore.getTime() < end) return undefined;
  return `expected it signed by the version that is called now, found ${identity}, which may sign nothing since ${new Date(end).toISOString().slice(0, 10)}`;
}

function differenceIn(policy: SignerPolicy, identity: string, claims: CertificateClaims): string | undefined {
  const issuer = policy.issuer ?? githubIssuer;
  if (claims.issuer !== issuer) return `expected the issuer ${issuer}, found ${claims.issuer ?? 'none'}`;
  const { workflow, takes } = policy.atRef ?? {};
  const atRef = claims.ref !== undefined && identity === `${workflow}@${claims.ref}`;
  if (atRef && takes?.(claims.ref) === false) return `expected a ref that leads to an environment, found ${claims.ref}`;
  if (!policy.identities.includes(identity) && !atRef)
    return `expected it signed by ${[...policy.identities, ...(workflow === undefined ? [] : [`${workflow}@…`])].join(' or ') || 'nobody'}, found ${identity}`;
  if (policy.takes?.(claims.ref ?? '') === false)
    return `expected a ref that leads to an environment, found ${claims.ref ?? 'none'}`;
  for (const [name, value] of Object.entries(policy.claims)) {
    const found = claims[name as CertificateClaim];
    if (found !== value) return `expected the ${words[name as CertificateClaim]} ${value}, found ${found ?? 'none'}`;
  }
  return undefined;
}
