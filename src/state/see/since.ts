import type { ObjectBatch } from '../../git/object-batch.ts';
import type { Layout, PlaceName } from './layout.ts';
import { type Commit, keyOf, readPinChanges } from './pin-changes.ts';

export interface Since {
  /** The commit that pinned what is pinned now, by place. */
  readonly commits: ReadonlyMap<string, Commit>;
  /** Where looking ended before every place was found. */
  readonly until: { readonly at: number; readonly because: 'limit' | 'shallow' } | undefined;
}

export interface SinceOptions {
  readonly shallow: boolean;
  /** How much text may be read before looking back ends. */
  readonly bytes: number;
}

/** Looks back along the main line until every place's last change is found, or enough has been read. */
export async function readSince(
  folder: string,
  commit: string,
  layout: Layout,
  objects: ObjectBatch,
  places: readonly PlaceName[],
  options: SinceOptions,
): Promise<Since> {
  const open = new Set(places.map((one) => keyOf(one.service, one.environment)));
  const commits = new Map<string, Commit>();
  const start = objects.bytes;
  let oldest = 0;
  if (open.size === 0) return { commits, until: undefined };
  const walk = readPinChanges(folder, commit, layout, objects, {
    shallow: options.shallow,
    wanted: ({ service, environment }) => open.has(keyOf(service, environment)),
  });
  for await (const { commit: found, changes, cut } of walk) {
    oldest = found.at;
    if (cut) return { commits, until: { at: oldest, because: 'shallow' } };
    for (const { service, environment } of changes) {
      const key = keyOf(service, environment);
      if (open.delete(key)) commits.set(key, found);
    }
    if (open.size === 0) return { commits, until: undefined };
    if (objects.bytes - start > options.bytes) return { commits, until: { at: oldest, because: 'limit' } };
  }
  return { commits, until: undefined };
}
