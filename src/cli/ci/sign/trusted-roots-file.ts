import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { trustedRootsPath } from '../../../config/config.ts';
import { TrunklineError } from '../../../errors.ts';
import type { Ports } from '../../../ports.ts';
import { parseTrustedRoots, type TrustedInstance, trustedRootsHint } from '../../../sigstore/trusted-roots.ts';

/**
 * Read when first needed: the file that is asked for, TRUNKLINE_TRUSTED_ROOT's, or the repository's own, of which `own`
 * is the text where the checkout's does not count. @throws TRUST_ROOT_INVALID
 */
export function trustedRoots(
  { cwd, env }: Pick<Ports, 'cwd' | 'env'>,
  asked?: string,
  own?: { readonly text: string | undefined },
): () => readonly TrustedInstance[] {
  let found: readonly TrustedInstance[] | undefined;
  return () => {
    const named = asked ?? env['TRUNKLINE_TRUSTED_ROOT'];
    const file = named ?? trustedRootsPath;
    const path = resolve(cwd, file);
    const text =
      named === undefined && own !== undefined ? own.text : existsSync(path) ? readFileSync(path, 'utf8') : undefined;
    if (found === undefined && text === undefined)
      throw new TrunklineError(
        'TRUST_ROOT_INVALID',
        `expected the authorities to trust in ${file}, found no such file`,
        {
          hint: trustedRootsHint,
        },
      );
    found ??= parseTrustedRoots(file, text ?? '');
    return found;
  };
}
