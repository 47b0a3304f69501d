import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { type BundleWithDsseEnvelope, bundleToJSON, type SerializedBundle, toDSSEBundle } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';
import { TrunklineError } from '../errors.ts';
import type { Ports } from '../ports.ts';
import type { IdentityToken } from './identity-token.ts';
import type { SigstoreInstance } from './instances.ts';
import { logEnvelope, requestCertificate, timestampSignature } from './services.ts';
import { payloadType, type Statement } from './statement.ts';

/**
 * Signs a statement with a key that is made for it and thrown away; a certificate ties the key to the job. Bundle v0.3
 * with whatever log entry and timestamp the instance gives. @throws SIGNING_FAILED
 */
export async function signStatement(
  { fetch }: Pick<Ports, 'fetch'>,
  instance: SigstoreInstance,
  token: IdentityToken,
  statement: Statement,
): Promise<SerializedBundle> {
  const { sub } = token.claims;
  if (typeof sub !== 'string')
    throw new TrunklineError('SIGNING_FAILED', 'expected a token with a subject, found none');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = await requestCertificate(fetch, instance.fulcio, {
    token: token.jwt,
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    proof: sign('sha256', Buffer.from(sub), privateKey),
  });
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = sign('sha256', dsse.preAuthEncoding(payloadType, payload), privateKey);
  const bundle = toDSSEBundle({ artifact: payload, artifactType: payloadType, signature, certificate });
  await witness(fetch, instance, bundle, certificate, signature);
  return bundleToJSON(bundle);
}

async function witness(
  fetch: Ports['fetch'],
  { rekor, timestamps }: SigstoreInstance,
  bundle: BundleWithDsseEnvelope,
  certificate: Buffer,
  signature: Buffer,
): Promise<void> {
  const { verificationMaterial, content } = bundle;
  const digest = createHash('sha256').update(signature).digest();
  const [entry, timestamp] = await Promise.all([
    rekor === undefined ? undefined : logEnvelope(fetch, rekor, content.dsseEnvelope, certificate),
    timestamps === undefined ? undefined : timestampSignature(fetch, timestamps, digest),
  ]);
  if (entry !== undefined) verificationMaterial.tlogEntries = [entry];
  if (timestamp !== undefined) {
    verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp: timestamp }] };
  }
}
