import { createHash } from 'node:crypto';
import type { Digest } from '../../model/digest.ts';
import type { Ports } from '../../ports.ts';
import { certifiedKey, witness } from '../certified-key.ts';
import type { IdentityToken } from '../identity-token.ts';
import type { SigstoreInstance } from '../instances.ts';
import type { ClassicSignature } from './classic-signature.ts';
import { simpleSigning } from './simple-signing.ts';

/** Signs one digest as cosign did before version 3, for who cannot read anything newer. `name`: without tag or digest. @throws SIGNING_FAILED */
export async function signClassic(
  { fetch }: Pick<Ports, 'fetch'>,
  instance: SigstoreInstance,
  token: IdentityToken,
  { name, digest }: { readonly name: string; readonly digest: Digest },
): Promise<ClassicSignature> {
  const key = await certifiedKey(fetch, instance, token);
  const { certificate, chain } = key;
  const payload = simpleSigning(name, digest);
  const signature = key.sign(payload);
  // github.com/sigstore/rekor, pkg/types/hashedrekord/v0.0.1
  const witnessed = await witness(fetch, instance, signature, key, (verifier) => ({
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value: createHash('sha256').update(payload).digest('hex') } },
      signature: { content: signature.toString('base64'), publicKey: { content: verifier } },
    },
  }));
  return { payload, signature, certificate, chain, ...witnessed };
}
