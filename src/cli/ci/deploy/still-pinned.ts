import { type EnvironmentsConfig, manifestFile } from '../../../config/config.ts';
import type { GitHub } from '../../../github/client.ts';
import { readPin } from '../../../manifest/manifest.ts';
import type { Digest } from '../../../model/digest.ts';
import { textAt } from '../../../state/text-at.ts';

export interface Overtaken {
  readonly service: string;
  /** What the branch pins by now; undefined where it pins nothing. */
  readonly by: Digest | undefined;
}

/**
 * Of what an older commit pins, what its branch still does. A run that is started again after something newer was merged, a
 * rollback above all, must not bring back what that took away.
 */
export async function stillPinned<
  Pinned extends { readonly service: string; readonly pin: { readonly digest: Digest } },
>(
  github: GitHub,
  { repository, branch }: { readonly repository: string; readonly branch: string },
  config: EnvironmentsConfig,
  environment: string,
  wanted: readonly Pinned[],
): Promise<{ readonly wanted: readonly Pinned[]; readonly overtaken: readonly Overtaken[] }> {
  const files = new Map<string, string>();
  for (const file of new Set(wanted.map(({ service }) => manifestFile(config, service, environment)))) {
    const text = await textAt(github, repository, file, branch);
    if (text !== undefined) files.set(file, text);
  }
  const now = (service: string): Digest | undefined =>
    files.has(manifestFile(config, service, environment))
      ? readPin(config, files, service, environment)?.digest
      : undefined;
  const gone = wanted.filter(({ service, pin }) => now(service) !== pin.digest);
  return {
    wanted: wanted.filter((one) => !gone.includes(one)),
    overtaken: gone.map(({ service }) => ({ service, by: now(service) })),
  };
}
