import type { Context } from 'hono';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { requireOrganization } from '../permissions.ts';
import type { Account } from '../rows.ts';

/**
 * The organisation that a request's path names, for its owners and for Apps with the permission; what only reads
 * needs less of a token. @throws ApiError 404, 401, 403
 */
export function atOrganization(
  forge: Forge,
  c: Context<{ Variables: { identity: Identity } }>,
  permission = 'organization_administration',
  options: { readonly anyMember?: boolean } = {},
): Account {
  const level = c.req.method === 'GET' ? 'read' : 'write';
  return requireOrganization(forge, c.get('identity'), c.req.param('org') ?? '', { permission, level, ...options });
}
