import type { Digest } from '../model/digest.ts';

export const statementType = 'https://in-toto.io/Statement/v1';
export const payloadType = 'application/vnd.in-toto+json';

/** What statements can be about an image, and the words by which the command knows them. */
export const predicateTypes = {
  signature: 'https://sigstore.dev/cosign/sign/v1',
  provenance: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document/v2.3',
  cyclonedx: 'https://cyclonedx.org/bom',
  vulnerabilities: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  'test-result': 'https://in-toto.io/attestation/test-result/v0.1',
  promotion: 'https://github.com/trunkline/trunkline/attestations/promotion/v1',
} as const;

export type PredicateName = keyof typeof predicateTypes;
export const predicateNames = Object.keys(predicateTypes) as readonly PredicateName[];

/** Types that mean the same: what other tools write, too. */
const equals: Readonly<Record<string, string>> = { 'https://spdx.dev/Document': predicateTypes.spdx };

export function samePredicate(a: string, b: string): boolean {
  return (equals[a] ?? a) === (equals[b] ?? b);
}

/** An in-toto statement (github.com/in-toto/attestation, spec v1). */
export interface Statement {
  readonly _type: string;
  readonly subject: readonly { readonly name?: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicateType: string;
  readonly predicate?: unknown;
}

/** `name`: the image without tag or digest. */
export function statementAbout(name: string, digest: Digest, predicateType: string, predicate: unknown): Statement {
  return {
    _type: statementType,
    subject: [{ name, digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType,
    predicate,
  };
}

/** Whether the statement speaks of exactly this image among its subjects. */
export function speaksOf(statement: Statement, digest: Digest): boolean {
  return statement.subject.some((one) => `sha256:${one.digest['sha256']}` === digest);
}

/** Undefined for what is no in-toto statement. */
export function parseStatement(payload: Uint8Array): Statement | undefined {
  try {
    const value = JSON.parse(Buffer.from(payload).toString('utf8')) as Partial<Statement> | null;
    if (value === null || typeof value !== 'object') return undefined;
    const known = value._type === statementType || value._type === 'https://in-toto.io/Statement/v0.1';
    const subjects =
      Array.isArray(value.subject) &&
      value.subject.every((one: unknown) => typeof (one as { digest?: unknown } | null)?.digest === 'object');
    return known && subjects && typeof value.predicateType === 'string' ? (value as Statement) : undefined;
  } catch {
    return undefined;
  }
}
