import type { Context } from 'hono';
import { optionalChoice, optionalText, readBody } from '../body.ts';
import { raiseOrganizationEvent } from '../events/organization-event.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { type OrgRole, orgRoles } from '../org-roles.ts';
import { paginate } from '../pagination.ts';
import { isTeamMember } from '../permissions.ts';
import { presentAccount } from '../present/account.ts';
import { presentMembership, presentOrganization } from '../present/organization.ts';
import { presentTeam } from '../present/team.ts';
import type { Account } from '../rows.ts';
import { atOrganization } from './at-organization.ts';
import { pathNumber } from './at-repository.ts';
import { findTeam } from './orgs.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;
type Assignment = NonNullable<Account['roleAssignments']>[number];

/** Who is in an organisation, in which role, and what members may at least. Its owners may. */
export function orgPeopleRoutes(app: ForgeApp, forge: Forge): void {
  const { accounts } = forge.store;
  const put = (account: Account): void => forge.store.transaction(() => accounts.put(account));
  app.patch('/orgs/:org', async (c) => {
    const organization = atOrganization(forge, c);
    const body = await readBody(c);
    const baseRole = optionalChoice(body, 'default_repository_permission', ['read', 'write', 'admin', 'none']);
    const changed: Account = {
      ...organization,
      name: optionalText(body, 'name') ?? organization.name,
      ...(baseRole === undefined ? {} : { baseRole }),
    };
    put(changed);
    return c.json(presentOrganization(forge, changed));
  });
  app.put('/orgs/:org/memberships/:username', async (c) => {
    const organization = atOrganization(forge, c, 'members');
    const account = person(forge, c);
    const role = optionalChoice(await readBody(c), 'role', ['admin', 'member']) ?? 'member';
    const held = organization.members ?? [];
    const others = held.filter((one) => one.accountId !== account.id);
    forge.store.transaction(() => {
      accounts.put({ ...organization, members: [...others, { accountId: account.id, role }] });
      if (others.length === held.length) raise(forge, c, organization, account, role, 'member_added');
    });
    return c.json(presentMembership(forge, organization, account, role));
  });
  for (const path of ['/orgs/:org/memberships/:username', '/orgs/:org/members/:username']) {
    app.delete(path, (c) => {
      const organization = atOrganization(forge, c, 'members');
      const account = person(forge, c);
      const member = organization.members?.find((one) => one.accountId === account.id);
      if (member === undefined) throw new ApiError(404, 'Not Found');
      const left = organization.members?.filter((one) => one !== member) ?? [];
      if (!left.some((one) => one.role === 'admin')) throw new ApiError(403, 'Cannot remove the last owner');
      forge.store.transaction(() => {
        accounts.put({ ...organization, members: left });
        for (const team of forge.store.teams.by('organization', organization.id)) {
          const without = (ids: readonly number[]): readonly number[] => ids.filter((one) => one !== account.id);
          const changed = {
            ...team,
            memberIds: without(team.memberIds),
            maintainerIds: without(team.maintainerIds ?? []),
          };
          if (team.memberIds.includes(account.id)) forge.store.teams.put(changed);
        }
        raise(forge, c, organization, account, member.role, 'member_removed');
      });
      return c.body(null, 204);
    });
  }
  roleRoutes(app, forge, put);
}

function roleRoutes(app: ForgeApp, forge: Forge, put: (account: Account) => void): void {
  const path = '/orgs/:org/organization-roles';
  app.get(path, (c) => {
    const organization = atOrganization(forge, c);
    const roles = orgRoles.map((one) => presentRole(organization, one));
    return c.json({ total_count: roles.length, roles });
  });
  app.get(`${path}/:role`, (c) => c.json(presentRole(atOrganization(forge, c), roleAt(c))));
  app.get(`${path}/:role/users`, (c) => {
    const organization = atOrganization(forge, c);
    const { id } = roleAt(c);
    const assigned = (organization.roleAssignments ?? []).filter((one) => one.roleId === id);
    const people = [...forge.store.accounts.values()].flatMap((account) => {
      const direct = assigned.some((one) => one.accountId === account.id);
      const indirect = assigned.some((one) => one.teamId !== undefined && isTeamMember(forge, one.teamId, account.id));
      if (!direct && !indirect) return [];
      return [
        {
          ...presentAccount(forge, account),
          assignment: direct && indirect ? 'mixed' : direct ? 'direct' : 'indirect',
        },
      ];
    });
    return c.json(paginate(c, people));
  });
  app.get(`${path}/:role/teams`, (c) => {
    const organization = atOrganization(forge, c);
    const { id } = roleAt(c);
    const teams = (organization.roleAssignments ?? [])
      .filter((one) => one.roleId === id)
      .flatMap((one) => forge.store.teams.get(one.teamId ?? 0) ?? []);
    return c.json(paginate(c, teams).map((one) => ({ ...presentTeam(forge, one), assignment: 'direct' })));
  });
  const change = (
    c: RouteContext,
    who: (organization: Account) => Omit<Assignment, 'roleId'>,
    add: boolean,
  ): Response => {
    const organization = atOrganization(forge, c);
    const holder = who(organization);
    const roleId = c.req.param('role') === undefined ? undefined : roleAt(c).id;
    const held = organization.roleAssignments ?? [];
    const same = (one: Assignment): boolean =>
      (roleId === undefined || one.roleId === roleId) &&
      one.accountId === holder.accountId &&
      one.teamId === holder.teamId;
    const others = held.filter((one) => !same(one));
    put({
      ...organization,
      roleAssignments: add && roleId !== undefined ? [...others, { roleId, ...holder }] : others,
    });
    return c.body(null, 204);
  };
  const user = (c: RouteContext) => () => ({ accountId: person(forge, c).id });
  const team = (c: RouteContext) => (organization: Account) => ({
    teamId: findTeam(forge, organization, c.req.param('slug') ?? '').id,
  });
  app.put(`${path}/users/:username/:role`, (c) => change(c, user(c), true));
  app.delete(`${path}/users/:username/:role`, (c) => change(c, user(c), false));
  app.delete(`${path}/users/:username`, (c) => change(c, user(c), false));
  app.put(`${path}/teams/:slug/:role`, (c) => change(c, team(c), true));
  app.delete(`${path}/teams/:slug/:role`, (c) => change(c, team(c), false));
  app.delete(`${path}/teams/:slug`, (c) => change(c, team(c), false));
}

function person(forge: Forge, c: RouteContext): Account {
  const account = forge.store.accounts.by('login', c.req.param('username') ?? '')[0];
  if (account?.type !== 'User') throw new ApiError(404, 'Not Found');
  return account;
}

function roleAt(c: RouteContext): OrgRole {
  const role = orgRoles.find(({ id }) => id === pathNumber(c, 'role'));
  if (role === undefined) throw new ApiError(404, 'Not Found');
  return role;
}

function presentRole(organization: Account, role: OrgRole) {
  const { id, name, description, baseRole } = role;
  const at = organization.createdAt;
  return {
    id,
    name,
    description,
    base_role: baseRole,
    source: 'Predefined',
    permissions: [],
    organization: null,
    created_at: at,
    updated_at: at,
  };
}

function raise(
  forge: Forge,
  c: RouteContext,
  organization: Account,
  account: Account,
  role: 'admin' | 'member',
  action: 'member_added' | 'member_removed',
): void {
  raiseOrganizationEvent(forge, c.get('identity'), organization.id, 'organization', () => {
    const { organization: _shown, ...membership } = presentMembership(forge, organization, account, role);
    return { action, membership };
  });
}
