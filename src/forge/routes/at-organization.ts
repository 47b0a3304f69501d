import type { Context } from 'hono';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import type { Account } from '../rows.ts';

/**
 * The organisation that a request's path names, for its owners and for Apps that may administer it.
 * @throws ApiError 404, 401, 403
 */
export function atOrganization(forge: Forge, c: Context<{ Variables: { identity: Identity } }>): Account {
  const organization = forge.store.accounts.by('login', (c.req.param('org') ?? '').toLowerCase())[0];
  if (organization?.type !== 'Organization') throw new ApiError(404, 'Not Found');
  const { kind, account, token, installation } = c.get('identity');
  if (kind === 'anonymous') throw new ApiError(401, 'Requires authentication');
  if (kind === 'system') return organization;
  const granted = token?.permissions?.['organization_administration'] !== undefined;
  if (kind === 'installation' && granted && installation?.accountId === organization.id) return organization;
  const owns = organization.members?.some((one) => one.accountId === account?.id && one.role === 'admin') === true;
  const scoped = token?.kind === 'classic' && ['admin:org', 'read:org'].some((one) => token.scopes?.includes(one));
  if (kind === 'user' && (owns || account?.siteAdmin === true) && (scoped || granted)) return organization;
  throw new ApiError(403, 'You must be an org admin or have the organization permission to do this.');
}
