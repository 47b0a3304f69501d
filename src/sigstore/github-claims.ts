/** What Fulcio writes into a certificate of a job's claims (github.com/sigstore/fulcio, docs/oid-info.md). */
export const certificateClaims = {
  issuer: '1.3.6.1.4.1.57264.1.8',
  signerUri: '1.3.6.1.4.1.57264.1.9',
  signerDigest: '1.3.6.1.4.1.57264.1.10',
  runnerEnvironment: '1.3.6.1.4.1.57264.1.11',
  repositoryUri: '1.3.6.1.4.1.57264.1.12',
  commit: '1.3.6.1.4.1.57264.1.13',
  ref: '1.3.6.1.4.1.57264.1.14',
  repositoryId: '1.3.6.1.4.1.57264.1.15',
  ownerUri: '1.3.6.1.4.1.57264.1.16',
  ownerId: '1.3.6.1.4.1.57264.1.17',
  workflowUri: '1.3.6.1.4.1.57264.1.18',
  workflowDigest: '1.3.6.1.4.1.57264.1.19',
  trigger: '1.3.6.1.4.1.57264.1.20',
  runUri: '1.3.6.1.4.1.57264.1.21',
  visibility: '1.3.6.1.4.1.57264.1.22',
} as const;

export type CertificateClaim = keyof typeof certificateClaims;

/** Of a certificate: what is not in it is absent. */
export type CertificateClaims = Readonly<Partial<Record<CertificateClaim, string>>>;

export const githubIssuer = 'https://token.actions.githubusercontent.com';

/** Claims of a certificate by name; each value is a DER UTF8String (RFC 5280). */
export function readClaims(
  extensions: readonly { readonly oid?: { readonly id: readonly number[] } | undefined; readonly value: Uint8Array }[],
): CertificateClaims {
  const byOid = new Map(extensions.map(({ oid, value }) => [oid?.id.join('.') ?? '', value]));
  const found: Partial<Record<CertificateClaim, string>> = {};
  for (const [name, oid] of Object.entries(certificateClaims)) {
    const text = utf8String(byOid.get(oid));
    if (text !== undefined) found[name as CertificateClaim] = text;
  }
  return found;
}

function utf8String(der: Uint8Array | undefined): string | undefined {
  if (der === undefined || der[0] !== 0x0c) return undefined;
  const first = der[1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const length =
    lengthBytes === 0 ? first : der.subarray(2, 2 + lengthBytes).reduce((all, byte) => all * 256 + byte, 0);
  const content = der.subarray(2 + lengthBytes);
  return content.length === length ? Buffer.from(content).toString('utf8') : undefined;
}
