import type { TransparencyLogEntry } from '@sigstore/bundle';
import { pem, pemCertificates } from '../pem.ts';

/** A signature as cosign kept it before version 3: a payload, and everything else as annotations of the layer it is in. */
export interface ClassicSignature {
  readonly payload: Uint8Array;
  readonly signature: Buffer;
  /** Of whoever signed, DER; absent where it was a key. */
  readonly certificate?: Buffer;
  /** Up to the authority's own, DER. */
  readonly chain: readonly Buffer[];
  readonly entry?: TransparencyLogEntry;
  /** RFC 3161. */
  readonly timestamp?: Buffer;
}

const names = {
  signature: 'dev.cosignproject.cosign/signature',
  certificate: 'dev.sigstore.cosign/certificate',
  chain: 'dev.sigstore.cosign/chain',
  bundle: 'dev.sigstore.cosign/bundle',
  timestamp: 'dev.sigstore.cosign/rfc3161timestamp',
} as const;

/** github.com/sigstore/cosign, pkg/oci/static/annotations.go */
export function toAnnotations(one: ClassicSignature): Readonly<Record<string, string>> {
  const { signature, certificate, chain, entry, timestamp } = one;
  return {
    [names.signature]: signature.toString('base64'),
    ...(certificate === undefined ? {} : { [names.certificate]: pem(certificate) }),
    ...(chain.length === 0 ? {} : { [names.chain]: chain.map(pem).join('') }),
    ...(entry === undefined ? {} : { [names.bundle]: JSON.stringify(fromEntry(entry)) }),
    ...(timestamp === undefined
      ? {}
      : { [names.timestamp]: JSON.stringify({ SignedRFC3161Timestamp: timestamp.toString('base64') }) }),
  };
}

/** Undefined where they say nothing that could be read as a signature. */
export function fromAnnotations(
  payload: Uint8Array,
  annotations: Readonly<Record<string, string>>,
): ClassicSignature | undefined {
  const text = annotations[names.signature] ?? '';
  if (text === '') return undefined;
  try {
    const [certificate] = pemCertificates(annotations[names.certificate] ?? '');
    const { [names.bundle]: bundle, [names.timestamp]: stamp } = annotations;
    const said = stamp === undefined ? undefined : (JSON.parse(stamp) as { SignedRFC3161Timestamp?: unknown } | null);
    const timestamp = said?.SignedRFC3161Timestamp;
    return {
      payload,
      signature: Buffer.from(text, 'base64'),
      chain: pemCertificates(annotations[names.chain] ?? ''),
      ...(certificate === undefined ? {} : { certificate }),
      // cosign writes "null" where there is none.
      ...(bundle === undefined || bundle === 'null' ? {} : { entry: toEntry(JSON.parse(bundle) as RekorBundle) }),
      ...(typeof timestamp === 'string' ? { timestamp: Buffer.from(timestamp, 'base64') } : {}),
    };
  } catch {
    return undefined;
  }
}

/** github.com/sigstore/cosign, pkg/cosign/bundle/rekor.go */
interface RekorBundle {
  readonly SignedEntryTimestamp: string;
  readonly Payload: {
    readonly body: string;
    readonly integratedTime: number;
    readonly logIndex: number;
    readonly logID: string;
  };
}

function fromEntry({
  canonicalizedBody,
  integratedTime,
  logIndex,
  logId,
  inclusionPromise,
}: TransparencyLogEntry): RekorBundle {
  return {
    SignedEntryTimestamp: Buffer.from(inclusionPromise?.signedEntryTimestamp ?? []).toString('base64'),
    Payload: {
      body: Buffer.from(canonicalizedBody).toString('base64'),
      integratedTime: Number(integratedTime),
      logIndex: Number(logIndex),
      logID: Buffer.from(logId.keyId).toString('hex'),
    },
  };
}

/** Kind and version are in the body, which the log's promise covers. */
function toEntry({ SignedEntryTimestamp: promise, Payload }: RekorBundle): TransparencyLogEntry {
  const canonicalizedBody = Buffer.from(Payload.body, 'base64');
  const { kind, apiVersion } = JSON.parse(canonicalizedBody.toString('utf8')) as { kind: string; apiVersion: string };
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, 'hex') },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(promise, 'base64') },
    inclusionProof: undefined,
    canonicalizedBody,
  };
}
