import { createHash } from 'node:crypto';
import { toMessageSignatureBundle } from '@sigstore/bundle';
import { toSignedEntity } from '@sigstore/verify';
import type { Digest } from '../../model/digest.ts';
import { checkSigner, type SignerPolicy } from '../check-signer.ts';
import type { TrustedInstance } from '../trusted-roots.ts';
import type { ClassicSignature } from './classic-signature.ts';
import { digestIn } from './simple-signing.ts';

export type ClassicVerdict =
  | { readonly ok: true; readonly identity: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Whether a signature of before cosign 3 is about this digest, by whom the policy names: certified, logged and timed by a
 * trusted instance exactly as a bundle has to be.
 */
export function verifyClassic(
  { payload, signature, certificate, entry, timestamp }: ClassicSignature,
  wanted: { readonly digest: Digest; readonly signer: SignerPolicy },
  trusted: readonly TrustedInstance[],
): ClassicVerdict {
  const refuse = (reason: string): ClassicVerdict => ({ ok: false, reason });
  const about = digestIn(payload);
  if (about === undefined) return refuse('expected a signature of an image, found one of something else');
  if (certificate === undefined) return refuse('expected a certificate beside the signature, found none');
  const bundle = toMessageSignatureBundle({
    digest: createHash('sha256').update(payload).digest(),
    signature,
    certificate,
    certificateChain: true,
  });
  const { verificationMaterial } = bundle;
  if (entry !== undefined) verificationMaterial.tlogEntries = [entry];
  if (timestamp !== undefined)
    verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp: timestamp }] };
  const signed = checkSigner(() => toSignedEntity(bundle, Buffer.from(payload)), wanted.signer, trusted);
  if ('reason' in signed) return refuse(signed.reason);
  if (about !== wanted.digest) return refuse(`expected a signature of ${wanted.digest}, found one of ${about}`);
  return { ok: true, identity: signed.identity };
}
