import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import type { Account } from '../rows.ts';
import { presentAccount } from './account.ts';

export function presentOrganizationSimple(
  forge: Forge,
  account: Account,
): components['schemas']['organization-simple'] {
  const api = `${forge.urls.api}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('Organization', account.id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${forge.urls.html}/avatars/u/${account.id}`,
    description: '',
  };
}

export function presentMembership(forge: Forge, organization: Account, account: Account, role: 'admin' | 'member') {
  const api = `${forge.urls.api}/orgs/${organization.login}`;
  return {
    url: `${api}/memberships/${account.login}`,
    state: 'active' as const,
    role,
    organization_url: api,
    organization: presentOrganizationSimple(forge, organization),
    user: presentAccount(forge, account),
  };
}

export function presentOrganization(forge: Forge, account: Account): components['schemas']['organization-full'] {
  const repositories = forge.store.repositories.by('owner', account.id);
  return {
    ...presentOrganizationSimple(forge, account),
    name: account.name ?? account.login,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: repositories.filter((one) => !one.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `${forge.urls.html}/${account.login}`,
    type: 'Organization',
    created_at: account.createdAt,
    updated_at: account.createdAt,
    archived_at: null,
    default_repository_permission: account.baseRole ?? 'read',
    plan: { name: 'enterprise', space: 976562499, private_repos: 999999, filled_seats: 1, seats: 1 },
  };
}
