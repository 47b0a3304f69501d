import { compareText } from '../../model/compare-text.ts';
import type { Forge } from '../forge.ts';
import type { CacheRow, Repository } from '../rows.ts';
import { BlobStore } from './blob-store.ts';
import { cacheScopes, type RuntimeCaller } from './runtime-token.ts';
import { TwirpError } from './twirp-error.ts';

/** What GitHub keeps for a repository, and for how long without use (docs.github.com, "Dependency caching reference"). */
export const cacheLimit = 10 * 1024 ** 3;
const unusedMs = 7 * 86_400_000;

/** Opens an entry for its upload. Entries never change: a key that the scope has is refused. */
export function createCache(
  forge: Forge,
  caller: RuntimeCaller,
  wanted: { readonly key: string; readonly version: string },
): CacheRow {
  const { key, version } = wanted;
  if (key === '' || key.length > 512 || key.includes(','))
    throw new TwirpError('invalid_argument', 'key must have 1 to 512 characters and no comma');
  if (version === '') throw new TwirpError('invalid_argument', 'version must be given');
  const { run } = caller;
  return forge.store.transaction(() => {
    const same = forge.store.caches
      .by('repository', run.repositoryId)
      .find((one) => one.ref === run.ref && one.key === key && one.version === version);
    if (same !== undefined)
      throw new TwirpError('already_exists', 'cache entry with the same key, version, and scope already exists');
    const at = now(forge);
    const row: CacheRow = {
      id: forge.store.next('caches'),
      repositoryId: run.repositoryId,
      ref: run.ref,
      key,
      version,
      size: null,
      blob: Buffer.from(forge.random(16)).toString('hex'),
      createdAt: at,
      accessedAt: at,
    };
    forge.store.caches.put(row);
    return row;
  });
}

/** The upload has ended; room is made for it by taking away what was not used for longest. */
export async function finalizeCache(
  forge: Forge,
  caller: RuntimeCaller,
  wanted: { readonly key: string; readonly version: string; readonly size: number },
): Promise<CacheRow> {
  const row = forge.store.caches
    .by('repository', caller.run.repositoryId)
    .find((one) => one.ref === caller.run.ref && one.key === wanted.key && one.version === wanted.version);
  if (row === undefined) throw new TwirpError('not_found', 'cache entry not found');
  const size = await new BlobStore(forge).size(row.blob);
  if (size === undefined || size !== wanted.size)
    throw new TwirpError('invalid_argument', `expected ${wanted.size} bytes of the cache, found ${size ?? 'none'}`);
  const done: CacheRow = { ...row, size, createdAt: now(forge), accessedAt: now(forge) };
  forge.store.transaction(() => forge.store.caches.put(done));
  await evict(forge, row.repositoryId);
  return done;
}

/**
 * The entry for a key, or for what the restore keys begin with, newest first: in the run's own ref, then in its base
 * branch, then in the default branch. The key itself, too, may be the beginning of one.
 */
export function findCache(
  forge: Forge,
  caller: RuntimeCaller,
  wanted: { readonly key: string; readonly restoreKeys: readonly string[]; readonly version: string },
): CacheRow | undefined {
  const rows = cachesOf(forge, caller.run.repositoryId).filter(
    (row) => row.version === wanted.version && !isUnused(forge, row),
  );
  for (const ref of cacheScopes(forge, caller.run)) {
    const inRef = rows
      .filter((row) => row.ref === ref)
      .sort((a, b) => compareText(b.createdAt, a.createdAt) || b.id - a.id);
    const exact = inRef.find((row) => row.key === wanted.key);
    const found =
      exact ??
      [wanted.key, ...wanted.restoreKeys]
        .map((prefix) => inRef.find((row) => row.key.startsWith(prefix)))
        .find((row) => row !== undefined);
    if (found === undefined) continue;
    const used: CacheRow = { ...found, accessedAt: now(forge) };
    forge.store.transaction(() => forge.store.caches.put(used));
    return used;
  }
  return undefined;
}

/** Whole ones, oldest first. */
export function cachesOf(forge: Forge, repositoryId: number): readonly CacheRow[] {
  return forge.store.caches.by('repository', repositoryId).filter((row) => row.size !== null);
}

export async function deleteCache(forge: Forge, row: CacheRow): Promise<void> {
  forge.store.transaction(() => forge.store.caches.delete(row.id));
  await new BlobStore(forge).remove(row.blob);
}

export function cacheUsage(forge: Forge, repository: Repository): { readonly size: number; readonly count: number } {
  const rows = cachesOf(forge, repository.id);
  return { size: rows.reduce((sum, row) => sum + (row.size ?? 0), 0), count: rows.length };
}

async function evict(forge: Forge, repositoryId: number): Promise<void> {
  const rows = cachesOf(forge, repositoryId).toSorted((a, b) => compareText(b.accessedAt, a.accessedAt));
  let kept = 0;
  for (const row of rows) {
    kept += row.size ?? 0;
    if (kept > cacheLimit || isUnused(forge, row)) await deleteCache(forge, row);
  }
}

function isUnused(forge: Forge, row: CacheRow): boolean {
  return Date.parse(row.accessedAt) + unusedMs <= forge.clock.now();
}

/** With fractions: two entries of one second have an order. */
const now = (forge: Forge): string => new Date(forge.clock.now()).toISOString();
