import type { Context } from 'hono';
import { optionalChoice, optionalText, readBody, requiredText, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { requireMembers } from '../permissions.ts';
import { presentFullTeam } from '../present/team.ts';
import type { Account, Repository, Team } from '../rows.ts';
import { findOrganization, findTeam } from './orgs.ts';
import { roleNames } from './repos.ts';

type ApiContext = Context<{ Variables: { identity: Identity } }>;

/** What changes teams; orgs.ts has what reads them. Owners of the organisation may. */
export function teamsRoutes(app: ForgeApp, forge: Forge): void {
  const { store } = forge;
  app.post('/orgs/:org/teams', async (c) => {
    const organization = owned(forge, c);
    const body = await readBody(c);
    const name = requiredText(body, 'name', 'Team');
    optionalChoice(body, 'privacy', ['secret', 'closed']);
    const slug = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-+|-+$/g, '');
    const taken = store.teams.by('organization', organization.id).some((team) => team.slug === slug);
    if (slug === '' || taken)
      throw validationFailed({
        resource: 'Team',
        code: 'unprocessable',
        field: 'data',
        message: 'Name must be unique for this org',
      });
    const made: Team = store.transaction(() => {
      const team: Team = {
        id: store.next('teams'),
        organizationId: organization.id,
        slug,
        name,
        // Whoever makes a team maintains it.
        memberIds: [c.get('identity').account?.id ?? 0],
        repositories: [],
      };
      store.teams.put(team);
      return team;
    });
    return c.json(presentFullTeam(forge, organization, made), 201);
  });
  app.put('/orgs/:org/teams/:slug/memberships/:username', async (c) => {
    const organization = owned(forge, c);
    const team = findTeam(forge, organization, c.req.param('slug'));
    optionalChoice(await readBody(c), 'role', ['member', 'maintainer']);
    const account = store.accounts.by('login', c.req.param('username').toLowerCase())[0];
    if (account === undefined) throw new ApiError(404, 'Not Found');
    if (!team.memberIds.includes(account.id))
      store.transaction(() => store.teams.put({ ...team, memberIds: [...team.memberIds, account.id] }));
    const url = `${forge.urls.api}/organizations/${organization.id}/team/${team.id}/memberships/${account.login}`;
    return c.json({ url, role: 'member', state: 'active' });
  });
  app.delete('/orgs/:org/teams/:slug/memberships/:username', (c) => {
    const team = findTeam(forge, owned(forge, c), c.req.param('slug'));
    const account = store.accounts.by('login', c.req.param('username').toLowerCase())[0];
    if (account === undefined || !team.memberIds.includes(account.id)) throw new ApiError(404, 'Not Found');
    store.transaction(() =>
      store.teams.put({ ...team, memberIds: team.memberIds.filter((one) => one !== account.id) }),
    );
    return c.body(null, 204);
  });
  app.put('/orgs/:org/teams/:slug/repos/:owner/:repo', async (c) => {
    const organization = owned(forge, c);
    const team = findTeam(forge, organization, c.req.param('slug'));
    const repository = repositoryOf(forge, organization, c);
    const role = roleNames[optionalText(await readBody(c), 'permission') ?? 'push'];
    if (role === undefined) throw new ApiError(422, 'Validation Failed');
    const others = team.repositories.filter((one) => one.repositoryId !== repository.id);
    store.transaction(() =>
      store.teams.put({ ...team, repositories: [...others, { repositoryId: repository.id, role }] }),
    );
    return c.body(null, 204);
  });
  app.delete('/orgs/:org/teams/:slug/repos/:owner/:repo', (c) => {
    const organization = owned(forge, c);
    const team = findTeam(forge, organization, c.req.param('slug'));
    const { id } = repositoryOf(forge, organization, c);
    const repositories = team.repositories.filter((one) => one.repositoryId !== id);
    store.transaction(() => store.teams.put({ ...team, repositories }));
    return c.body(null, 204);
  });
}

/** @throws ApiError 403 for those who see the organisation's teams and do not own it */
function owned(forge: Forge, c: ApiContext): Account {
  const identity = c.get('identity');
  const organization = findOrganization(forge, c.req.param('org') ?? '');
  requireMembers(forge, identity, organization.id);
  const { account, token } = identity;
  const owns = organization.members?.some((one) => one.accountId === account?.id && one.role === 'admin') === true;
  const scoped =
    token?.kind !== 'classic' || token.scopes?.some((scope) => /^(?:write|admin):org$/.test(scope)) === true;
  if (identity.kind !== 'user' || !owns || !scoped) throw new ApiError(403, 'Must have admin rights to Repository.');
  return organization;
}

function repositoryOf(forge: Forge, organization: Account, c: ApiContext): Repository {
  const name = `${c.req.param('owner')}/${c.req.param('repo')}`.toLowerCase();
  const repository = forge.store.repositories.by('fullName', name)[0];
  if (repository === undefined || repository.ownerId !== organization.id) throw new ApiError(404, 'Not Found');
  return repository;
}
