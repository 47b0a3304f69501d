import { type EnvironmentsConfig, trustedRootsPath } from '../../../config/config.ts';
import type { SignatureVerdict } from '../../../delivery/policy/signature-gate.ts';
import type { GitHub } from '../../../github/client.ts';
import type { Ports } from '../../../ports.ts';
import { textAt } from '../../../state/text-at.ts';
import type { SignedRelease } from '../../../state/verify-releases.ts';
import { lockPath, parseLock } from '../../../workflow/generate/lock.ts';

export type VerifyReleases = (releases: readonly SignedRelease[]) => Promise<ReadonlyMap<string, SignatureVerdict>>;

/**
 * Looks at the signatures of releases whose repository must sign; undefined where none must. The authorities are those of
 * the default branch: a checkout may be of a pull request.
 */
export async function releaseVerification(
  ports: Ports,
  github: GitHub,
  repository: string,
  config: Pick<EnvironmentsConfig, 'accept' | 'routes' | 'environments'>,
): Promise<VerifyReleases | undefined> {
  if (config.accept.every((one) => one.verify.length === 0)) return undefined;
  const { registryFor, trustedRoots, verifyReleases } = await loadVerification();
  const text =
    ports.env['TRUNKLINE_TRUSTED_ROOT'] === undefined ? await textAt(github, repository, trustedRootsPath) : undefined;
  const trusted = trustedRoots(ports, undefined, { text });
  const registry = registryFor(ports);
  const lock = parseLock(await textAt(github, repository, lockPath));
  return (releases) => verifyReleases({ registry, trusted, lock }, config, releases);
}

/** What few commands need, and takes them longer to load than all else. */
export async function loadVerification() {
  const [image, roots, releases] = await Promise.all([
    import('./signed-image.ts'),
    import('./trusted-roots-file.ts'),
    import('../../../state/verify-releases.ts'),
  ]);
  return { ...image, ...roots, ...releases };
}
