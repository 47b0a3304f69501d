import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { TrunklineError } from '../errors.ts';
import type { Digest } from '../model/digest.ts';

/** Hands bytes on as they come, and fails at their end with REGISTRY_FAILED when they are not the digest's. */
export function verifyDigest(source: Readable, digest: Digest): Readable {
  const hash = createHash('sha256');
  const check = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      done(null, chunk);
    },
    flush: (done) => {
      const found = `sha256:${hash.digest('hex')}`;
      if (found === digest) done();
      else done(new TrunklineError('REGISTRY_FAILED', `expected bytes of ${digest}, found bytes of ${found}`));
    },
  });
  source.on('error', (error) => check.destroy(error));
  check.on('close', () => source.destroy());
  return source.pipe(check);
}
