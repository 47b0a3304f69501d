import { setTimeout as delay } from 'node:timers/promises';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import { pemCertificates } from './pem.ts';

type Fetch = Ports['fetch'];

/** What a certificate authority answers, DER. */
export interface Certified {
  readonly certificate: Buffer;
  /** Up to the authority's own. */
  readonly chain: readonly Buffer[];
}

/** A certificate for a key, of whoever the token names. @throws SIGNING_FAILED */
export async function requestCertificate(
  fetch: Fetch,
  fulcio: string,
  request: { readonly token: string; readonly publicKey: string; readonly proof: Uint8Array },
): Promise<Certified> {
  const response = await post(fetch, `${fulcio}/api/v2/signingCert`, 'application/json', {
    credentials: { oidcIdentityToken: request.token },
    publicKeyRequest: {
      publicKey: { algorithm: 'ECDSA', content: request.publicKey },
      proofOfPossession: Buffer.from(request.proof).toString('base64'),
    },
  });
  const answer = (await response.json()) as Readonly<
    Record<string, { readonly chain?: { readonly certificates?: readonly string[] } } | undefined>
  >;
  const found = answer['signedCertificateEmbeddedSct'] ?? answer['signedCertificateDetachedSct'];
  const [certificate, ...chain] = (found?.chain?.certificates ?? []).flatMap(pemCertificates);
  if (certificate === undefined) throw failed(fulcio, 'an answer without a certificate');
  return { certificate, chain };
}

/** Puts an entry into a transparency log, as its API v1 takes it. @throws SIGNING_FAILED */
export async function logEntry(fetch: Fetch, rekor: string, proposed: object): Promise<TransparencyLogEntry> {
  const response = await post(fetch, `${rekor}/api/v1/log/entries`, 'application/json', proposed);
  const [entry] = Object.values((await response.json()) as Readonly<Record<string, RekorEntry>>);
  if (entry === undefined) throw failed(rekor, 'an answer without an entry');
  return toLogEntry(entry);
}

interface RekorEntry {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification?: {
    readonly signedEntryTimestamp?: string;
    readonly inclusionProof?: {
      readonly checkpoint: string;
      readonly hashes: readonly string[];
      readonly logIndex: number;
      readonly rootHash: string;
      readonly treeSize: number;
    };
  };
}

/** Rekor's answer in the form that a bundle keeps (github.com/sigstore/protobuf-specs, sigstore_rekor.proto). */
function toLogEntry({ body, integratedTime, logID, logIndex, verification }: RekorEntry): TransparencyLogEntry {
  const canonicalizedBody = Buffer.from(body, 'base64');
  const { kind, apiVersion } = JSON.parse(canonicalizedBody.toString('utf8')) as { kind: string; apiVersion: string };
  const proof = verification?.inclusionProof;
  const promise = verification?.signedEntryTimestamp;
  return {
    logIndex: String(logIndex),
    logId: { keyId: Buffer.from(logID, 'hex') },
    integratedTime: String(integratedTime),
    kindVersion: { kind, version: apiVersion },
    inclusionPromise: promise === undefined ? undefined : { signedEntryTimestamp: Buffer.from(promise, 'base64') },
    inclusionProof:
      proof === undefined
        ? undefined
        : {
            logIndex: String(proof.logIndex),
            treeSize: String(proof.treeSize),
            rootHash: Buffer.from(proof.rootHash, 'hex'),
            hashes: proof.hashes.map((hash) => Buffer.from(hash, 'hex')),
            checkpoint: { envelope: proof.checkpoint },
          },
    canonicalizedBody,
  };
}

/** A signed timestamp of a signature (RFC 3161). @throws SIGNING_FAILED */
export async function timestampSignature(fetch: Fetch, url: string, digest: Buffer): Promise<Buffer> {
  const response = await post(fetch, url, 'application/json', {
    artifactHash: digest.toString('base64'),
    hashAlgorithm: 'sha256',
    certificates: true,
  });
  return Buffer.from(await response.arrayBuffer());
}

const passing = new Set([408, 429, 500, 502, 503, 504]);
const attempts = 3;

/** What fails in passing is asked again. */
async function post(fetch: Fetch, url: string, type: string, body: unknown): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': type, accept: '*/*' },
      body: JSON.stringify(body),
    }).catch((error: unknown) => {
      const { cause } = error as { cause?: { message?: string } };
      throw failed(url, `no connection (${cause?.message ?? String(error)})`, error);
    });
    if (response.ok) return response;
    if (attempt === attempts || !passing.has(response.status)) {
      const text = (await response.text()).trim().slice(0, 300);
      throw failed(url, `${response.status} ${messageIn(text)}`);
    }
    await response.body?.cancel();
    await delay(250 * 2 ** attempt);
  }
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : text;
  } catch {
    return text;
  }
}

function failed(url: string, found: string, cause?: unknown): TrunklineError {
  const { host } = new URL(url);
  return new TrunklineError('SIGNING_FAILED', `expected ${host} to take part in the signature, found ${found}`, {
    cause,
  });
}
