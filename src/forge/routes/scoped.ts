import type { Context } from 'hono';
import { findEnvironment } from '../actions/environments.ts';
import type { Kind, Scope } from '../actions/scoped-value.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { type AccessLevel, fullNameOf } from '../permissions.ts';
import { atRepository } from './at-repository.ts';

type Asking = Context<{ Variables: { identity: Identity } }>;

/** One place where secrets and variables live: its path, and who may come there. */
export interface ScopedPath {
  readonly path: string;
  readonly enter: (c: Asking, level: AccessLevel) => Scope;
  /** Where the API shows the scope. */
  readonly url: (c: Asking) => string;
}

/** The repository's, the environments' and the organisation's secrets or variables. */
export function scopedPaths(forge: Forge, kind: Kind): readonly ScopedPath[] {
  const permission = kind === 'secrets' ? ['secrets'] : ['actions_variables', 'variables'];
  const repositoryUrl = (c: Asking, level: AccessLevel = 'read'): string =>
    `${forge.urls.api}/repos/${fullNameOf(forge, atRepository(forge, c, permission, level).repository)}`;
  return [
    {
      path: `/repos/:owner/:repo/actions/${kind}`,
      enter: (c, level) => ({
        scope: 'repository',
        scopeId: atRepository(forge, c, permission, level, 'write').repository.id,
      }),
      url: repositoryUrl,
    },
    {
      path: `/repos/:owner/:repo/environments/:environment/${kind}`,
      enter: (c, level) => {
        const { repository } = atRepository(forge, c, ['environments', ...permission], level, 'write');
        const environment = findEnvironment(forge, repository.id, c.req.param('environment') ?? '');
        if (environment === undefined) throw new ApiError(404, 'Not Found');
        return { scope: 'environment', scopeId: environment.id };
      },
      url: repositoryUrl,
    },
    {
      path: `/orgs/:org/actions/${kind}`,
      enter: (c, level) => ({ scope: 'organization', scopeId: organizationId(forge, c, kind, level) }),
      url: (c) => `${forge.urls.api}/orgs/${c.req.param('org') ?? ''}`,
    },
  ];
}

/** Owners of an organisation and Apps with its permission. @throws ApiError 404, 403 */
function organizationId(forge: Forge, c: Asking, kind: Kind, level: AccessLevel): number {
  const { kind: who, account, token, installation } = c.get('identity');
  const organization = forge.store.accounts.by('login', (c.req.param('org') ?? '').toLowerCase())[0];
  if (organization?.type !== 'Organization') throw new ApiError(404, 'Not Found');
  const held = token?.permissions?.[kind === 'secrets' ? 'organization_secrets' : 'organization_actions_variables'];
  const granted = held !== undefined && (level === 'read' || held !== 'read');
  const owns = organization.members?.some((one) => one.accountId === account?.id && one.role === 'admin') === true;
  if (who === 'installation' && granted && installation?.accountId === organization.id) return organization.id;
  const allowed = token?.kind === 'classic' ? (token.scopes ?? []).includes('admin:org') : granted;
  if (who === 'anonymous') throw new ApiError(401, 'Requires authentication');
  if (who === 'user' && (owns || account?.siteAdmin === true) && allowed) return organization.id;
  throw new ApiError(403, 'You must be an org admin or have the organization permission to do this.');
}
