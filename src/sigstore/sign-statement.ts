import { bundleToJSON, envelopeToJSON, type SerializedBundle, toDSSEBundle } from '@sigstore/bundle';
import { dsse } from '@sigstore/core';
import type { Ports } from '../ports.ts';
import { certifiedKey, witness } from './certified-key.ts';
import type { IdentityToken } from './identity-token.ts';
import type { SigstoreInstance } from './instances.ts';
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
  const key = await certifiedKey(fetch, instance, token);
  const { certificate } = key;
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = key.sign(dsse.preAuthEncoding(payloadType, payload));
  const bundle = toDSSEBundle({ artifact: payload, artifactType: payloadType, signature, certificate });
  const { verificationMaterial, content } = bundle;
  const { entry, timestamp } = await witness(fetch, instance, signature, key, (verifier) => ({
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: {
      proposedContent: { envelope: JSON.stringify(envelopeToJSON(content.dsseEnvelope)), verifiers: [verifier] },
    },
  }));
  if (entry !== undefined) verificationMaterial.tlogEntries = [entry];
  if (timestamp !== undefined)
    verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp: timestamp }] };
  return bundleToJSON(bundle);
}
