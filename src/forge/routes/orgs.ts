import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { canSee, isTeamMember, requireMembers, teamMembers } from '../permissions.ts';
import { presentAccountById } from '../present/account.ts';
import { presentMembership, presentOrganization } from '../present/organization.ts';
import { presentMinimalRepository } from '../present/repository.ts';
import { presentFullTeam, presentTeam } from '../present/team.ts';
import type { Account, Team } from '../rows.ts';

/** Organisations, their members, teams and repositories. */
export function orgsRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/orgs/:org', (c) => c.json(presentOrganization(forge, findOrganization(forge, c.req.param('org')))));
  app.get('/orgs/:org/repos', (c) => {
    const identity = c.get('identity');
    const { id } = findOrganization(forge, c.req.param('org'));
    const visible = forge.store.repositories.by('owner', id).filter((one) => canSee(forge, identity, one));
    return c.json(paginate(c, visible).map((one) => presentMinimalRepository(forge, one, identity)));
  });
  app.use('/orgs/:org/teams/*', async (c, next) => {
    requireMembers(forge, c.get('identity'), findOrganization(forge, c.req.param('org')).id);
    await next();
  });
  app.get('/orgs/:org/memberships/:username', (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    requireMembers(forge, c.get('identity'), organization.id);
    const { account, role } = findMember(forge, organization, c.req.param('username'));
    return c.json(presentMembership(forge, organization, account, role));
  });
  app.get('/orgs/:org/members/:username', (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    requireMembers(forge, c.get('identity'), organization.id);
    findMember(forge, organization, c.req.param('username'));
    return c.body(null, 204);
  });
  app.get('/orgs/:org/teams', (c) => {
    const { id } = findOrganization(forge, c.req.param('org'));
    return c.json(paginate(c, forge.store.teams.by('organization', id)).map((team) => presentTeam(forge, team)));
  });
  app.get('/orgs/:org/teams/:slug', (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    return c.json(presentFullTeam(forge, organization, findTeam(forge, organization, c.req.param('slug'))));
  });
  app.get('/orgs/:org/teams/:slug/members', (c) => {
    const team = findTeam(forge, findOrganization(forge, c.req.param('org')), c.req.param('slug'));
    return c.json(paginate(c, teamMembers(forge, team)).map((id) => presentAccountById(forge, id)));
  });
  app.get('/orgs/:org/teams/:slug/memberships/:username', (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    const team = findTeam(forge, organization, c.req.param('slug'));
    const account = forge.store.accounts.by('login', c.req.param('username').toLowerCase())[0];
    if (account === undefined || !isTeamMember(forge, team.id, account.id)) throw new ApiError(404, 'Not Found');
    const url = `${forge.urls.api}/organizations/${organization.id}/team/${team.id}/memberships/${account.login}`;
    const role = team.maintainerIds?.includes(account.id) === true ? 'maintainer' : 'member';
    return c.json({ url, role, state: 'active' });
  });
}

export function findOrganization(forge: Forge, login: string): Account {
  const account = forge.store.accounts.by('login', login.toLowerCase())[0];
  if (account?.type !== 'Organization') throw new ApiError(404, 'Not Found');
  return account;
}

function findMember(
  forge: Forge,
  organization: Account,
  login: string,
): { account: Account; role: 'admin' | 'member' } {
  const account = forge.store.accounts.by('login', login.toLowerCase())[0];
  const member = organization.members?.find((one) => one.accountId === account?.id);
  if (account === undefined || member === undefined) throw new ApiError(404, 'Not Found');
  return { account, role: member.role };
}

export function findTeam(forge: Forge, organization: Account, slug: string): Team {
  const team = forge.store.teams.by('organization', organization.id).find((one) => one.slug === slug);
  if (team === undefined) throw new ApiError(404, 'Not Found');
  return team;
}
