import type { Kept } from '../delivery/prune/plan-prune.ts';
import { type GitHub, statusOf } from '../github/client.ts';
import type { Digest } from '../model/digest.ts';
import type { ImageRepository, RegistryClient } from '../registry/registry-client.ts';

/** Takes manifests away, one by one in the plan's order; one that is gone already counts as done, so that a rerun goes on. */
export async function applyPrune(
  remove: readonly Kept[],
  take: (digest: Digest) => Promise<boolean>,
  signal: AbortSignal,
  done: (one: Kept, wasThere: boolean) => void,
): Promise<void> {
  for (const one of remove) {
    signal.throwIfAborted();
    done(one, await take(one.digest));
  }
}

/** By the distribution specification. */
export function deleteManifest(
  registry: RegistryClient,
  repository: ImageRepository,
): (digest: Digest) => Promise<boolean> {
  return (digest) => registry.deleteManifest({ ...repository, digest });
}

/** ghcr.io deletes by the number of a version, through GitHub's API. */
export function deleteVersion(
  github: GitHub,
  { repository }: ImageRepository,
  ids: ReadonlyMap<Digest, number>,
): (digest: Digest) => Promise<boolean> {
  const [org = '', ...rest] = repository.split('/');
  return async (digest) => {
    const id = ids.get(digest);
    if (id === undefined) return false;
    try {
      await github.request('DELETE /orgs/{org}/packages/{package_type}/{package_name}/versions/{package_version_id}', {
        org,
        package_type: 'container',
        package_name: rest.join('/'),
        package_version_id: id,
      });
      return true;
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw error;
    }
  };
}
