import { bundleFromJSON, isBundleWithDsseEnvelope } from '@sigstore/bundle';
import { toSignedEntity } from '@sigstore/verify';
import type { Digest } from '../model/digest.ts';
import { checkSigner, type SignerPolicy } from './check-signer.ts';
import type { CertificateClaims } from './github-claims.ts';
import { parseStatement, payloadType, predicateTypes, type Statement, samePredicate, speaksOf } from './statement.ts';
import type { TrustedInstance } from './trusted-roots.ts';

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
  const signed = checkSigner(() => toSignedEntity(bundle), wanted.signer, trusted);
  if ('reason' in signed) return refuse(signed.reason);
  const { identity, claims } = signed;
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
