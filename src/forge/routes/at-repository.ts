import type { Context } from 'hono';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { type AccessLevel, findRepository, requirePermission } from '../permissions.ts';
import type { Repository, Role } from '../rows.ts';

export interface Asked {
  readonly repository: Repository;
  readonly identity: Identity;
}

/** The repository that a request's path names, once the asker is known to have the permission there. */
export function atRepository(
  forge: Forge,
  c: Context<{ Variables: { identity: Identity } }>,
  permission: string | readonly string[],
  level: AccessLevel,
  role?: Role,
): Asked {
  const identity = c.get('identity');
  const repository = findRepository(forge, identity, c.req.param('owner') ?? '', c.req.param('repo') ?? '');
  requirePermission(forge, identity, repository, permission, level, role);
  return { repository, identity };
}

/** A number in a request's path. @throws ApiError 404 for anything else */
export function pathNumber(c: Context, name: string): number {
  const text = c.req.param(name) ?? '';
  if (!/^\d{1,15}$/.test(text)) throw new ApiError(404, 'Not Found');
  return Number(text);
}
