import type { Forge } from './forge.ts';
import { ApiError, type Identity } from './http.ts';
import { requireAccount } from './permissions.ts';
import type { Account } from './rows.ts';
import { words } from './words.ts';

/** Who may make a repository of an owner. @throws ApiError 401, 403, 404 as GitHub does */
export function requireCreator({ store }: Forge, identity: Identity, owner: Account): void {
  const { id, siteAdmin } = requireAccount(identity);
  const { token, installation, kind } = identity;
  const administers = token?.permissions?.['administration'] === 'write';
  if (kind === 'installation' && administers && installation?.accountId === owner.id && owner.type === 'Organization')
    return;
  if (kind !== 'user') throw new ApiError(403, words.byIntegration());
  if (token?.kind === 'fine-grained' && !administers) throw new ApiError(403, words.byPersonalToken());
  const scopes = token?.scopes ?? [];
  if (token?.kind === 'classic' && !scopes.includes('repo') && !scopes.includes('public_repo'))
    throw new ApiError(404, 'Not Found');
  const member = store.accounts.get(owner.id)?.members?.some((one) => one.accountId === id) === true;
  if (owner.id === id || member || siteAdmin) return;
  throw new ApiError(403, 'You need admin access to the organization before adding a repository to it.');
}
