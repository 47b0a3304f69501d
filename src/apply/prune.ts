import type { PrunePlan } from '../delivery/prune/plan-prune.ts';
import { TrunklineError } from '../errors.ts';
import { type GitHub, statusOf } from '../github/client.ts';
import { messageOf } from '../github/message-of.ts';
import type { Digest } from '../model/digest.ts';
import type { ImageRepository, RegistryClient, Removal } from '../registry/registry-client.ts';
import type { GhcrPackage } from '../state/prune/list-ghcr.ts';

/**
 * Takes manifests away, one by one in the plan's order; one that is gone already counts as done, so that a rerun goes on.
 * What the registry keeps stays with all that it consists of and all that hangs on it: the plan is made again with it.
 * @returns the plan that was carried out
 */
export async function applyPrune(
  planWith: (kept: ReadonlyMap<Digest, string>) => PrunePlan,
  take: (digest: Digest) => Promise<Removal>,
  signal: AbortSignal,
  done: (digest: Digest) => void,
): Promise<PrunePlan> {
  const kept = new Map<Digest, string>();
  const gone = new Set<Digest>();
  for (;;) {
    const plan = planWith(kept);
    const before = kept.size;
    for (const { digest } of plan.remove) {
      if (gone.has(digest)) continue;
      signal.throwIfAborted();
      const removal = await take(digest);
      if (typeof removal === 'object') {
        kept.set(digest, removal.refused);
        break;
      }
      gone.add(digest);
      done(digest);
    }
    if (kept.size === before) return { ...plan, keep: plan.keep.filter(({ digest }) => !gone.has(digest)) };
  }
}

/** By the distribution specification. */
export function deleteManifest(
  registry: RegistryClient,
  repository: ImageRepository,
): (digest: Digest) => Promise<Removal> {
  return (digest) => registry.deleteManifest({ ...repository, digest });
}

/**
 * ghcr.io deletes by the number of a version, through GitHub's API. Whoever may read a version and not delete it is told that
 * there is none, so what is said to be absent is looked for once more.
 */
export function deleteVersion(github: GitHub, { owner, name, ids }: GhcrPackage): (digest: Digest) => Promise<Removal> {
  return async (digest) => {
    const id = ids.get(digest);
    if (id === undefined) return 'absent';
    const version = { package_type: 'container', package_name: name, package_version_id: id } as const;
    const path = '/{package_type}/{package_name}/versions/{package_version_id}' as const;
    const ask = (method: 'GET' | 'DELETE'): Promise<unknown> =>
      owner.kind === 'org'
        ? github.request(`${method} /orgs/{org}/packages${path}`, { ...version, org: owner.login })
        : github.request(`${method} /users/{username}/packages${path}`, { ...version, username: owner.login });
    try {
      await ask('DELETE');
      return 'gone';
    } catch (error) {
      const status = statusOf(error);
      // The last version with a tag, or one that many have downloaded.
      if (status === 400 || status === 422) return { refused: messageOf(error) };
      if (status !== 404) throw error;
      const there = await ask('GET').then(
        () => true,
        (second: unknown) => statusOf(second) !== 404,
      );
      if (!there) return 'absent';
      throw new TrunklineError(
        'GITHUB_REFUSED',
        `expected to delete versions of ${owner.login}/${name}, found that this token may only read them`,
        {
          hint: 'the job needs packages: write, and its repository the role Admin in the package’s settings, "Manage Actions access"',
          cause: error,
        },
      );
    }
  };
}
