import { bundleFromJSON, isBundleWithDsseEnvelope } from '@sigstore/bundle';
import { type Signer, toSignedEntity, Verifier } from '@sigstore/verify';
import type { Digest } from '../model/digest.ts';
import { type CertificateClaim, type CertificateClaims, githubIssuer, readClaims } from './github-claims.ts';
import { parseStatement, payloadType, predicateTypes, type Statement, samePredicate, speaksOf } from './statement.ts';
import type { TrustedInstance } from './trusted-roots.ts';

/** Who must have signed. Every word is compared whole; nothing is a pattern. */
export interface SignerPolicy {
  /** https://token.actions.githubusercontent.com unless it is another GitHub. */
  readonly issuer?: string;
  /** The workflow that signs, with its ref: `https://github.com/acme/app/.github/workflows/publish.yml@refs/heads/main`; any of these. */
  readonly identities: readonly string[];
  /** A workflow file without its ref, which counts at the ref that the certificate names, where that is taken. */
  readonly atRef?: { readonly workflow: string; readonly takes: (ref: string) => boolean };
  /** Further claims that must be in the certificate, word for word. */
  readonly claims: CertificateClaims;
}

/** What is looked for on an image. */
export interface WantedStatement {
  readonly digest: Digest;
  readonly predicateType: string;
  readonly signer: SignerPolicy;
  /** Of a promotion: where the image must have come to. */
  readonly environment?: string;
}

export type BundleVerdict =
  | { readonly ok: true; readonly statement: Statement; readonly claims: CertificateClaims; readonly identity: string }
  | { readonly ok: false; readonly reason: string };

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
 * Whether a bundle is a statement of the wanted type about this digest, by whom the policy names, certified and timed by
 * a trusted instance. A refusal names the one thing that differs.
 */
export function verifyBundle(
  bytes: Uint8Array,
  wanted: WantedStatement,
  trusted: readonly TrustedInstance[],
): BundleVerdict {
  const refuse = (reason: string): BundleVerdict => ({ ok: false, reason });
  let bundle: ReturnType<typeof bundleFromJSON>;
  try {
    bundle = bundleFromJSON(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return refuse('expected a Sigstore bundle, found something else');
  }
  if (!isBundleWithDsseEnvelope(bundle)) return refuse('expected a signed statement, found a bare signature');
  const { payload, payloadType: type } = bundle.content.dsseEnvelope;
  const statement = type === payloadType ? parseStatement(payload) : undefined;
  if (statement === undefined) return refuse(`expected an in-toto statement, found ${type}`);
  if (!samePredicate(statement.predicateType, wanted.predicateType))
    return refuse(`expected a statement of type ${wanted.predicateType}, found ${statement.predicateType}`);
  const signed = checkSignature(bundle, trusted);
  if ('reason' in signed) return refuse(signed.reason);
  const identity = signed.identity?.subjectAlternativeName ?? 'nobody';
  const claims = readClaims(signed.identity?.oids ?? []);
  const difference = differenceIn(wanted.signer, identity, claims);
  if (difference !== undefined) return refuse(difference);
  if (!speaksOf(statement, wanted.digest)) {
    const subjects = statement.subject.map((one) => `sha256:${one.digest['sha256'] ?? '?'}`).join(', ');
    return refuse(`expected a statement about ${wanted.digest}, found one about ${subjects || 'nothing'}`);
  }
  const failing = failingTests(statement) ?? elsewhere(statement, wanted.environment);
  if (failing !== undefined) return refuse(failing);
  return { ok: true, statement, claims, identity };
}

/** Results of tests count when the tests passed; whoever signs failures says the truth, and proves nothing. */
function failingTests({ predicateType, predicate }: Statement): string | undefined {
  if (!samePredicate(predicateType, predicateTypes['test-result'])) return undefined;
  const { result, failedTests } = (predicate ?? {}) as { result?: unknown; failedTests?: unknown };
  const failed = Array.isArray(failedTests) ? failedTests.length : 0;
  if (result === 'PASSED' && failed === 0) return undefined;
  return `expected tests that passed, found ${String(result ?? 'no result')}${failed === 0 ? '' : ` (${failed} failed)`}`;
}

function elsewhere({ predicateType, predicate }: Statement, wanted: string | undefined): string | undefined {
  if (wanted === undefined || !samePredicate(predicateType, predicateTypes.promotion)) return undefined;
  const { environment } = (predicate ?? {}) as { environment?: unknown };
  if (environment === wanted) return undefined;
  return `expected a promotion to ${wanted}, found one to ${typeof environment === 'string' ? environment : 'nowhere'}`;
}

/** Tried against each instance; where none takes it, all say why. */
function checkSignature(
  bundle: Parameters<typeof toSignedEntity>[0],
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
      return verifier.verify(toSignedEntity(bundle));
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { reason: `expected a signature of a trusted instance, found that of none (${reasons.join('; ')})` };
}

function differenceIn(policy: SignerPolicy, identity: string, claims: CertificateClaims): string | undefined {
  const issuer = policy.issuer ?? githubIssuer;
  if (claims.issuer !== issuer) return `expected the issuer ${issuer}, found ${claims.issuer ?? 'none'}`;
  const { workflow, takes } = policy.atRef ?? {};
  const atRef = claims.ref !== undefined && identity === `${workflow}@${claims.ref}`;
  if (atRef && takes?.(claims.ref) === false) return `expected a ref that leads to an environment, found ${claims.ref}`;
  if (!policy.identities.includes(identity) && !atRef)
    return `expected it signed by ${[...policy.identities, ...(workflow === undefined ? [] : [`${workflow}@…`])].join(' or ') || 'nobody'}, found ${identity}`;
  for (const [name, value] of Object.entries(policy.claims)) {
    const found = claims[name as CertificateClaim];
    if (found !== value) return `expected the ${words[name as CertificateClaim]} ${value}, found ${found ?? 'none'}`;
  }
  return undefined;
}
