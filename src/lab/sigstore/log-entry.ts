import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { envelopeFromJSON } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';

interface Proposed {
  readonly kind?: unknown;
  readonly apiVersion?: unknown;
  readonly spec?: unknown;
}

type Entry = Readonly<Record<string, unknown>>;

/** An entry as Rekor keeps it, or why it is refused: only what its verifier signed goes into the log. */
export async function readLogEntry(proposed: unknown): Promise<Entry | string> {
  const { kind, apiVersion, spec } = (proposed ?? {}) as Proposed;
  const read = apiVersion === '0.0.1' ? kinds[String(kind)] : undefined;
  if (read === undefined) return `unsupported entry ${String(kind)} ${String(apiVersion)}`;
  try {
    const kept = await read((spec ?? {}) as Entry);
    return typeof kept === 'string' ? kept : { apiVersion: '0.0.1', kind, spec: kept };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const kinds: Readonly<Record<string, (spec: Entry) => Entry | string | Promise<Entry | string>>> = {
  dsse: readEnvelope,
  hashedrekord: readHashed,
};

/** github.com/sigstore/rekor, pkg/types/dsse v0.0.1 */
function readEnvelope({ proposedContent }: Entry): Entry | string {
  const { envelope: text, verifiers } = (proposedContent ?? {}) as { envelope?: unknown; verifiers?: unknown };
  const [verifier] = Array.isArray(verifiers) ? (verifiers as readonly unknown[]) : [];
  if (typeof text !== 'string' || typeof verifier !== 'string') return 'expected an envelope and a verifier';
  const envelope = envelopeFromJSON(JSON.parse(text));
  const bytes = dsse.preAuthEncoding(envelope.payloadType, envelope.payload);
  const [signature] = envelope.signatures;
  if (signature === undefined || !verify('sha256', bytes, keyOf(verifier), signature.sig)) return 'invalid signature';
  return {
    envelopeHash: { algorithm: 'sha256', value: sha256(Buffer.from(text)) },
    payloadHash: { algorithm: 'sha256', value: sha256(envelope.payload) },
    signatures: [{ signature: signature.sig.toString('base64'), verifier }],
  };
}

/** github.com/sigstore/rekor, pkg/types/hashedrekord v0.0.1 */
async function readHashed({ data, signature }: Entry): Promise<Entry | string> {
  const { algorithm, value } = ((data ?? {}) as { hash?: { algorithm?: unknown; value?: unknown } }).hash ?? {};
  const { content, publicKey } = (signature ?? {}) as { content?: unknown; publicKey?: { content?: unknown } };
  const verifier = publicKey?.content;
  if (algorithm !== 'sha256' || typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value))
    return 'expected the SHA-256 of what was signed';
  if (typeof content !== 'string' || typeof verifier !== 'string') return 'expected a signature and a public key';
  const { crv, x = '', y = '' } = keyOf(verifier).export({ format: 'jwk' });
  if (crv !== 'P-256') return 'expected a key on P-256';
  // Node verifies no signature of a hash alone, and the log never sees what was hashed.
  const { p256 } = await import('@noble/curves/nist.js');
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const how = { prehash: false, lowS: false, format: 'der' } as const;
  if (!p256.verify(Buffer.from(content, 'base64'), Buffer.from(value, 'hex'), point, how)) return 'invalid signature';
  return { data: { hash: { algorithm, value } }, signature: { content, publicKey: { content: verifier } } };
}

/** Of a certificate or a public key, PEM in base64. */
function keyOf(verifier: string): KeyObject {
  const pem = Buffer.from(verifier, 'base64').toString('utf8');
  return pem.includes('CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
