import { TrunklineError } from '../errors.ts';

declare const digestBrand: unique symbol;
/** `sha256:` and 64 lower-case hexadecimal digits: the name of an image's bytes. */
export type Digest = string & { readonly [digestBrand]: true };

const pattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return pattern.test(text);
}

/** @throws DIGEST_INVALID */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new TrunklineError('DIGEST_INVALID', `expected "sha256:" and 64 hexadecimal digits, found "${text}"`, {
    hint: 'pass the digest that the build step printed, for example ${{ steps.build.outputs.digest }}',
  });
}

/** Enough of a digest to tell it apart on one screen. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}
