import { buffer } from 'node:stream/consumers';
import { attachedTo, type Item } from '../../delivery/prune/inventory.ts';
import { TrunklineError } from '../../errors.ts';
import type { Digest } from '../../model/digest.ts';
import type { ImageRepository, OciManifest, RegistryClient } from '../../registry/registry-client.ts';
import { severalAtOnce } from '../several-at-once.ts';

/** What a registry lists of itself: digests with tags and age. */
export interface Listed {
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly pushedAt?: number;
}

/** Everything that can be reached from the tags: no more is told by the distribution specification. */
export async function listTagged(registry: RegistryClient, repository: ImageRepository): Promise<readonly Listed[]> {
  const byDigest = new Map<Digest, string[]>();
  const found = await severalAtOnce(await registry.tags(repository), async (tag) => ({
    tag,
    digest: (await registry.resolve({ ...repository, tag }))?.digest,
  }));
  for (const { tag, digest } of found)
    if (digest !== undefined) byDigest.set(digest, [...(byDigest.get(digest) ?? []), tag]);
  return [...byDigest].map(([digest, tags]) => ({ digest, tags }));
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
  let done = 0;
  for (let wave = [...known.values()]; wave.length > 0; ) {
    const read = await severalAtOnce(wave, async (one) => {
      const found = await readOne(registry, repository, one);
      done += 1;
      progress(done, known.size);
      return found;
    });
    wave = [];
    for (const found of read) {
      if (found === undefined) continue;
      items.push(found.item);
      for (const digest of [...found.item.children, ...found.hanging]) {
        if (known.has(digest)) continue;
        // Young or old, it goes with what it belongs to.
        const one = { digest, tags: [], pushedAt: found.item.pushedAt ?? 0 };
        known.set(digest, one);
        wave.push(one);
      }
    }
  }
  return items;
}

async function readOne(
  registry: RegistryClient,
  repository: ImageRepository,
  { digest, tags, pushedAt: listedAt }: Listed,
): Promise<{ readonly item: Item; readonly hanging: readonly Digest[] } | undefined> {
  const found = await registry.getManifest({ ...repository, digest }).catch(absent);
  if (found === undefined) return undefined;
  const { manifest } = found;
  const pushedAt = listedAt ?? (await createdAt(registry, repository, manifest));
  const list = manifest.manifests?.every((one) => one.platform === undefined) === true;
  // The list behind a tag of a digest names what hangs there; those are no platforms.
  const attached = attachedTo({ tags, list }).length > 0;
  return {
    item: {
      digest,
      tags,
      children: (manifest.manifests ?? []).map((one) => one.digest),
      list,
      ...(manifest.subject === undefined ? {} : { subject: manifest.subject.digest }),
      ...(pushedAt === undefined ? {} : { pushedAt }),
    },
    hanging: attached ? [] : (await registry.referrers({ ...repository, digest })).map((one) => one.digest),
  };
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
