import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { teamMembers } from '../permissions.ts';
import type { Account, Team } from '../rows.ts';
import { presentOrganization } from './organization.ts';

export function presentTeam(forge: Forge, team: Team): components['schemas']['team'] {
  const parent = forge.store.teams.get(team.parentId ?? 0);
  return {
    ...presentSimpleTeam(forge, team),
    permission: 'pull',
    parent: parent === undefined ? null : presentSimpleTeam(forge, parent),
  };
}

export function presentFullTeam(forge: Forge, organization: Account, team: Team) {
  return {
    ...presentTeam(forge, team),
    members_count: teamMembers(forge, team).length,
    repos_count: team.repositories.length,
    created_at: organization.createdAt,
    updated_at: organization.createdAt,
    organization: presentOrganization(forge, organization),
  };
}

/** As pull requests name a team: without the one above it. */
export function presentSimpleTeam(forge: Forge, team: Team): components['schemas']['team-simple'] {
  const organization = forge.store.accounts.get(team.organizationId)?.login ?? '';
  const api = `${forge.urls.api}/organizations/${team.organizationId}/team/${team.id}`;
  return {
    id: team.id,
    node_id: nodeId('Team', team.id),
    name: team.name,
    slug: team.slug,
    description: team.description ?? null,
    privacy: team.privacy ?? 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    url: api,
    html_url: `${forge.urls.html}/orgs/${organization}/teams/${team.slug}`,
    members_url: `${api}/members{/member}`,
    repositories_url: `${api}/repos`,
    type: 'organization',
    organization_id: team.organizationId,
  };
}
