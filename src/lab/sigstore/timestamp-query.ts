import { ASN1Obj } from '@sigstore/core';

/** What a timestamp is asked for. */
export interface TimestampQuery {
  readonly digest: Buffer;
  readonly certificates: boolean;
}

/**
 * Sigstore's JSON, or a query in DER as cosign sends it (RFC 3161, TimeStampReq); undefined for anything else.
 * github.com/sigstore/timestamp-authority, pkg/api/timestamp.go
 */
export function readTimestampQuery(body: Buffer, type: string | undefined): TimestampQuery | undefined {
  try {
    if (type === 'application/timestamp-query') return ofDer(body);
    const { artifactHash, certificates } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
    if (typeof artifactHash !== 'string') return undefined;
    return { digest: Buffer.from(artifactHash, 'base64'), certificates: certificates === true };
  } catch {
    return undefined;
  }
}

function ofDer(der: Buffer): TimestampQuery | undefined {
  const [, imprint, ...optional] = ASN1Obj.parseBuffer(Buffer.from(der)).subs;
  const digest = imprint?.subs[1]?.value;
  const certificates = optional.some((one) => one.tag.isBoolean() && one.toBoolean());
  return digest?.length === 32 ? { digest, certificates } : undefined;
}
