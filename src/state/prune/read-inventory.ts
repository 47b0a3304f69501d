import { buffer } from 'node:stream/consumers';
import { type Item, subjectOfTag } from '../../delivery/prune/inventory.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import type { Digest } from '../../model/digest.ts';
import { isDigest } from '../../model/digest.ts';
import type { ImageRepository, OciManifest, RegistryClient } from '../../registry/registry-client.ts';
import { everyPage } from '../find-pulls.ts';

/** What a registry lists of itself: digests with tags and age. */
export interface Listed {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly pushedAt?: number;
  /** How to delete it, where it is not done by its digest. */
  readonly id?: number;
}

/** Everything that can be reached from the tags: no more is told by the distribution specification. */
export async function listTagged(registry: RegistryClient, repository: ImageRepository): Promise<readonly Listed[]> {
  const byDigest = new Map<Digest, string[]>();
  for (const tag of await registry.tags(repository)) {
    const found = await registry.resolve({ ...repository, tag });
    if (found === undefined) continue;
    byDigest.set(found.digest, [...(byDigest.get(found.digest) ?? []), tag]);
  }
  return [...byDigest].map(([digest, tags]) => ({ digest, tags }));
}

/** Every version of a package at ghcr.io, tagged or not, by GitHub's packages API. */
export async function listGhcr(github: GitHub, { repository }: ImageRepository): Promise<readonly Listed[]> {
  const [org = '', ...rest] = repository.split('/');
  const versions = await everyPage((page) =>
    github.request('GET /orgs/{org}/packages/{package_type}/{package_name}/versions', {
      org,
      package_type: 'container',
      package_name: rest.join('/'),
      per_page: 100,
      page,
    }),
  );
  return versions.flatMap(({ id, name, metadata, created_at }) =>
    isDigest(name)
      ? [{ digest: name, tags: metadata?.container?.tags ?? [], pushedAt: Date.parse(created_at), id }]
      : [],
  );
}

/**
 * What is listed, read: which platforms an index has, what hangs on what. Follows platforms and attachments that the list
 * leaves out. A manifest that is gone meanwhile is left out.
 */
export async function readInventory(
  registry: RegistryClient,
  repository: ImageRepository,
  listed: readonly Listed[],
  progress: (done: number, known: number) => void,
): Promise<readonly Item[]> {
  const known = new Map<Digest, Listed>(listed.map((one) => [one.digest, one]));
  const items: Item[] = [];
  const queue = [...known.keys()];
  for (let at = 0; at < queue.length; at += 1) {
    const digest = queue[at] as Digest;
    progress(at, queue.length);
    const found = await registry.getManifest({ ...repository, digest }).catch(absent);
    if (found === undefined) continue;
    const { tags = [], pushedAt: listedAt } = known.get(digest) ?? {};
    const { manifest } = found;
    const pushedAt = listedAt ?? (await createdAt(registry, repository, manifest));
    // The list behind a tag of a digest names what hangs there; those are no platforms.
    const list = tags.some((tag) => subjectOfTag(tag) !== undefined);
    const children = (manifest.manifests ?? []).map((one) => one.digest);
    const hanging = list ? [] : (await registry.referrers({ ...repository, digest })).map((one) => one.digest);
    for (const one of [...children, ...hanging]) {
      if (known.has(one)) continue;
      // Young or old, it goes with what it belongs to.
      known.set(one, { digest: one, tags: [], pushedAt: pushedAt ?? 0 });
      queue.push(one);
    }
    items.push({
      digest,
      tags,
      children,
      ...(manifest.subject === undefined ? {} : { subject: manifest.subject.digest }),
      ...(pushedAt === undefined ? {} : { pushedAt }),
    });
  }
  return items;
}

/** When an image says that it was made, where its registry tells no age; builds that always say the same say nothing. */
async function createdAt(
  registry: RegistryClient,
  repository: ImageRepository,
  manifest: OciManifest,
): Promise<number | undefined> {
  const said = manifest.annotations?.['org.opencontainers.image.created'] ?? (await createdInConfig());
  const time = Date.parse(said ?? '');
  return time > reproducible ? time : undefined;

  async function createdInConfig(): Promise<string | undefined> {
    const config = manifest.config;
    if (config !== undefined && config.size <= largestConfig) {
      const text = await buffer(await registry.getBlob(repository, config.digest)).catch(() => Buffer.of());
      return /"created"\s*:\s*"([^"]+)"/.exec(text.toString('utf8'))?.[1];
    }
    const [platform] = manifest.manifests ?? [];
    if (platform === undefined) return undefined;
    const child = await registry.getManifest({ ...repository, digest: platform.digest }).catch(absent);
    const inner =
      child?.manifest.config === undefined ? undefined : await createdAt(registry, repository, child.manifest);
    return inner === undefined ? undefined : new Date(inner).toISOString();
  }
}

const largestConfig = 4 * 1024 * 1024;
/** 1980 is where zip's time begins, 1970 where Unix's does. */
const reproducible = Date.parse('1981-01-01');

function absent(error: unknown): undefined {
  if (error instanceof TrunklineError && error.code === 'DIGEST_NOT_FOUND') return undefined;
  throw error;
}
