import type { Digest } from '../../model/digest.ts';

/** What cosign signed before version 3: a text about one digest (github.com/sigstore/cosign, specs/SIGNATURE_SPEC.md). */
const type = 'cosign container image signature';

export function simpleSigning(name: string, digest: Digest): Buffer {
  const image = { 'docker-manifest-digest': digest };
  const critical = { identity: { 'docker-reference': name }, image, type };
  return Buffer.from(JSON.stringify({ critical, optional: null }));
}

/** The digest that a payload speaks of; undefined for what is no such text. */
export function digestIn(payload: Uint8Array): string | undefined {
  try {
    const { critical } = JSON.parse(Buffer.from(payload).toString('utf8')) as {
      critical?: { type?: unknown; image?: { 'docker-manifest-digest'?: unknown } };
    };
    const digest = critical?.image?.['docker-manifest-digest'];
    return critical?.type === type && typeof digest === 'string' ? digest : undefined;
  } catch {
    return undefined;
  }
}
