import type { Context } from 'hono';
import { compareText } from '../../model/compare-text.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf } from '../permissions.ts';
import { presentCache } from '../present/artifact.ts';
import { cachesOf, cacheUsage, deleteCache } from '../results/caches.ts';
import type { CacheRow, Repository } from '../rows.ts';
import { atOrganization } from './at-organization.ts';
import { atRepository, pathNumber } from './at-repository.ts';

const base = '/repos/:owner/:repo/actions';

/** The entries of the Actions cache: listing, deleting, how much there is. */
export function cachesRoutes(app: ForgeApp, forge: Forge): void {
  app.get(`${base}/caches`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const rows = sorted(
      c,
      matching(c, cachesOf(forge, repository.id), (row, key) => row.key.startsWith(key)),
    );
    return c.json({ total_count: rows.length, actions_caches: paginate(c, rows).map(presentCache) });
  });
  app.delete(`${base}/caches`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'write');
    if (c.req.query('key') === undefined) throw new ApiError(422, 'Invalid request.\n\n"key" wasn\'t supplied.');
    const rows = matching(c, cachesOf(forge, repository.id), (row, key) => row.key === key);
    if (rows.length === 0) throw new ApiError(404, 'Not Found');
    for (const row of rows) await deleteCache(forge, row);
    return c.json({ total_count: rows.length, actions_caches: rows.map(presentCache) });
  });
  app.delete(`${base}/caches/:cache`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'write');
    const row = forge.store.caches.get(pathNumber(c, 'cache'));
    if (row === undefined || row.repositoryId !== repository.id || row.size === null)
      throw new ApiError(404, 'Not Found');
    await deleteCache(forge, row);
    return c.body(null, 204);
  });
  app.get(`${base}/cache/usage`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    return c.json(usage(forge, repository));
  });
  app.get('/orgs/:org/actions/cache/usage', (c) => {
    const all = used(forge, atOrganization(forge, c).id);
    return c.json({
      total_active_caches_count: all.reduce((sum, one) => sum + one.active_caches_count, 0),
      total_active_caches_size_in_bytes: all.reduce((sum, one) => sum + one.active_caches_size_in_bytes, 0),
    });
  });
  app.get('/orgs/:org/actions/cache/usage-by-repository', (c) => {
    const all = used(forge, atOrganization(forge, c).id);
    return c.json({ total_count: all.length, repository_cache_usages: paginate(c, all) });
  });
}

type Usage = ReturnType<typeof usage>;

function used(forge: Forge, ownerId: number): readonly Usage[] {
  return forge.store.repositories
    .by('owner', ownerId)
    .map((repository) => usage(forge, repository))
    .filter((one) => one.active_caches_count > 0);
}

function usage(forge: Forge, repository: Repository) {
  const { size, count } = cacheUsage(forge, repository);
  return {
    full_name: fullNameOf(forge, repository),
    active_caches_size_in_bytes: size,
    active_caches_count: count,
  };
}

/** Those of `ref` and `key`, as far as the query names them; a branch's short name stands for it. */
function matching(
  c: Context,
  rows: readonly CacheRow[],
  fits: (row: CacheRow, key: string) => boolean,
): readonly CacheRow[] {
  const key = c.req.query('key');
  const ref = c.req.query('ref');
  return rows.filter(
    (row) =>
      (key === undefined || fits(row, key)) &&
      (ref === undefined || row.ref === ref || row.ref === `refs/heads/${ref}`),
  );
}

function sorted(c: Context, rows: readonly CacheRow[]): readonly CacheRow[] {
  const by = c.req.query('sort') ?? 'last_accessed_at';
  const sign = c.req.query('direction') === 'asc' ? 1 : -1;
  const order = (a: CacheRow, b: CacheRow): number => {
    if (by === 'size_in_bytes') return (a.size ?? 0) - (b.size ?? 0);
    return by === 'created_at' ? compareText(a.createdAt, b.createdAt) : compareText(a.accessedAt, b.accessedAt);
  };
  return rows.toSorted((a, b) => sign * (order(a, b) || a.id - b.id));
}
