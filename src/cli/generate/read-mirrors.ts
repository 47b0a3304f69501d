import { TrunklineError } from '../../errors.ts';
import type { Mirrors } from '../../workflow/generate/pins.ts';

/** Words such as `trunkline/trunkline=acme/trunkline`, of a repository that has no trunkline.yaml to say so. @throws INPUT_INVALID */
export function readMirrors(words: readonly string[] = []): Mirrors {
  return Object.fromEntries(
    words.map((word) => {
      const [, published, mirror] = /^([\w.-]+\/[\w.-]+)=([\w.-]+\/[\w.-]+)$/.exec(word) ?? [];
      if (published !== undefined && mirror !== undefined) return [published, mirror];
      throw new TrunklineError('INPUT_INVALID', `expected --action published=mirror, found "${word}"`, {
        hint: '--action trunkline/trunkline=acme/trunkline',
      });
    }),
  );
}
