import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { TransparencyLogEntry } from '@sigstore/bundle';
import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { IdentityToken } from './identity-token.ts';
import type { SigstoreInstance } from './instances.ts';
import { pem } from './pem.ts';
import { type Certified, logEntry, requestCertificate, timestampSignature } from './services.ts';

/** A key that is made for one signature and thrown away, with the certificate that ties it to whoever the token names. */
export interface CertifiedKey extends Certified {
  /** ECDSA on P-256 over SHA-256, DER. */
  sign(bytes: Uint8Array): Buffer;
}

/** @throws SIGNING_FAILED */
export async function certifiedKey(
  fetch: Ports['fetch'],
  instance: SigstoreInstance,
  token: IdentityToken,
): Promise<CertifiedKey> {
  const { sub } = token.claims;
  if (typeof sub !== 'string')
    throw new TrunklineError('SIGNING_FAILED', 'expected a token with a subject, found none');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certified = await requestCertificate(fetch, instance.fulcio, {
    token: token.jwt,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    proof: sign('sha256', Buffer.from(sub), privateKey),
  });
  return { ...certified, sign: (bytes) => sign('sha256', bytes, privateKey) };
}

/** Who saw a signature, and when. */
export interface Witnessed {
  readonly entry?: TransparencyLogEntry;
  readonly timestamp?: Buffer;
}

/** Has a signature logged and timed, as far as the instance does; `entry` is told the verifier as the log wants it. @throws SIGNING_FAILED */
export async function witness(
  fetch: Ports['fetch'],
  { rekor, timestamps }: SigstoreInstance,
  signature: Buffer,
  { certificate }: Certified,
  entry: (verifier: string) => object,
): Promise<Witnessed> {
  const digest = createHash('sha256').update(signature).digest();
  const verifier = Buffer.from(pem(certificate)).toString('base64');
  const [logged, timestamp] = await Promise.all([
    rekor === undefined ? undefined : logEntry(fetch, rekor, entry(verifier)),
    timestamps === undefined ? undefined : timestampSignature(fetch, timestamps, digest),
  ]);
  return { ...(logged === undefined ? {} : { entry: logged }), ...(timestamp === undefined ? {} : { timestamp }) };
}
