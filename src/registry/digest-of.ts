import { createHash } from 'node:crypto';
import type { Digest } from '../model/digest.ts';

/** The digest of bytes that are at hand. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}
