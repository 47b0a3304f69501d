import type { Context } from 'hono';
import { optionalChoice, optionalText, optionalTexts, readBody, requiredText, validationFailed } from '../body.ts';
import { raiseOrganizationEvent } from '../events/organization-event.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { requireMembers } from '../permissions.ts';
import { presentAccountById } from '../present/account.ts';
import { presentMinimalRepository } from '../present/repository.ts';
import { presentFullTeam, presentTeam } from '../present/team.ts';
import type { Account, Repository, Team } from '../rows.ts';
import { words } from '../words.ts';
import { findOrganization, findTeam } from './orgs.ts';
import { roleNames } from './repos.ts';

type ApiContext = Context<{ Variables: { identity: Identity } }>;

/** What a team of this name is called in addresses. @throws ApiError 422 where another one is called so */
function newSlug(forge: Forge, organization: Account, name: string, own?: number): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const taken = forge.store.teams
    .by('organization', organization.id)
    .some((team) => team.slug === slug && team.id !== own);
  if (slug !== '' && !taken) return slug;
  throw validationFailed({
    resource: 'Team',
    code: 'unprocessable',
    field: 'data',
    message: 'Name must be unique for this org',
  });
}

/** What changes teams; orgs.ts has what reads them. Owners of the organisation may. */
export function teamsRoutes(app: ForgeApp, forge: Forge): void {
  const { store } = forge;
  app.post('/orgs/:org/teams', async (c) => {
    const organization = owned(forge, c);
    const body = await readBody(c);
    const name = requiredText(body, 'name', 'Team');
    const privacy = optionalChoice(body, 'privacy', ['secret', 'closed']);
    const description = optionalText(body, 'description');
    const parentId = readParent(forge, organization, body['parent_team_id']);
    const named = (optionalTexts(body, 'maintainers') ?? []).map((login) => memberId(forge, organization, login));
    const slug = newSlug(forge, organization, name);
    const made: Team = store.transaction(() => {
      const team: Team = {
        id: store.next('teams'),
        organizationId: organization.id,
        slug,
        name,
        // Whoever makes a team maintains it.
        memberIds: [...new Set([c.get('identity').account?.id ?? 0, ...named])],
        maintainerIds: [...new Set([c.get('identity').account?.id ?? 0, ...named])],
        ...(privacy === undefined ? {} : { privacy }),
        ...(description === undefined ? {} : { description }),
        ...(typeof parentId === 'number' ? { parentId } : {}),
        repositories: [],
      };
      store.teams.put(team);
      raiseTeam(forge, c, team, 'created');
      return team;
    });
    return c.json(presentFullTeam(forge, organization, made), 201);
  });
  app.patch('/orgs/:org/teams/:slug', async (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    const team = findTeam(forge, organization, c.req.param('slug'));
    maintained(forge, c, team);
    const body = await readBody(c);
    const parentId = readParent(forge, organization, body['parent_team_id'], team);
    const { parentId: held, ...rest } = team;
    const name = optionalText(body, 'name') ?? team.name;
    const kept = parentId === undefined ? held : (parentId ?? undefined);
    const changed: Team = {
      ...rest,
      ...(kept === undefined ? {} : { parentId: kept }),
      name,
      // With its name its address changes.
      slug: name === team.name ? team.slug : newSlug(forge, organization, name, team.id),
      description: optionalText(body, 'description') ?? team.description ?? '',
      privacy: optionalChoice(body, 'privacy', ['secret', 'closed']) ?? team.privacy ?? 'closed',
    };
    store.transaction(() => {
      store.teams.put(changed);
      raiseTeam(forge, c, changed, 'edited', team.name === changed.name ? {} : { name: { from: team.name } });
    });
    return c.json(presentFullTeam(forge, organization, changed));
  });
  app.delete('/orgs/:org/teams/:slug', (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    const team = findTeam(forge, organization, c.req.param('slug'));
    maintained(forge, c, team);
    store.transaction(() => {
      raiseTeam(forge, c, team, 'deleted');
      for (const below of store.teams.by('organization', organization.id))
        if (below.parentId === team.id) store.teams.delete(below.id);
      store.teams.delete(team.id);
    });
    return c.body(null, 204);
  });
  app.get('/orgs/:org/teams/:slug/teams', (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    const { id } = findTeam(forge, organization, c.req.param('slug'));
    const below = store.teams.by('organization', organization.id).filter((one) => one.parentId === id);
    return c.json(paginate(c, below).map((one) => presentTeam(forge, one)));
  });
  app.get('/orgs/:org/teams/:slug/repos', (c) => {
    const team = findTeam(forge, findOrganization(forge, c.req.param('org')), c.req.param('slug'));
    const found = team.repositories.flatMap((one) => store.repositories.get(one.repositoryId) ?? []);
    return c.json(paginate(c, found).map((one) => presentMinimalRepository(forge, one)));
  });
  app.put('/orgs/:org/teams/:slug/memberships/:username', async (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    const team = findTeam(forge, organization, c.req.param('slug'));
    maintained(forge, c, team);
    const role = optionalChoice(await readBody(c), 'role', ['member', 'maintainer']) ?? 'member';
    const id = memberId(forge, organization, c.req.param('username'));
    const others = (team.maintainerIds ?? []).filter((one) => one !== id);
    const maintainerIds = role === 'maintainer' ? [...others, id] : others;
    const changed = { ...team, memberIds: [...new Set([...team.memberIds, id])], maintainerIds };
    store.transaction(() => {
      store.teams.put(changed);
      if (!team.memberIds.includes(id)) raiseMembership(forge, c, changed, id, 'added');
    });
    const login = store.accounts.get(id)?.login ?? '';
    const url = `${forge.urls.api}/organizations/${organization.id}/team/${team.id}/memberships/${login}`;
    return c.json({ url, role, state: 'active' });
  });
  app.delete('/orgs/:org/teams/:slug/memberships/:username', (c) => {
    const organization = findOrganization(forge, c.req.param('org'));
    const team = findTeam(forge, organization, c.req.param('slug'));
    maintained(forge, c, team);
    const account = store.accounts.by('login', c.req.param('username').toLowerCase())[0];
    if (account === undefined || !team.memberIds.includes(account.id)) throw new ApiError(404, 'Not Found');
    const without = (ids: readonly number[]): readonly number[] => ids.filter((one) => one !== account.id);
    const changed = { ...team, memberIds: without(team.memberIds), maintainerIds: without(team.maintainerIds ?? []) };
    store.transaction(() => {
      store.teams.put(changed);
      raiseMembership(forge, c, changed, account.id, 'removed');
    });
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

/** Another team of the organisation, null for none, undefined where nothing is said. @throws ApiError 422 */
function readParent(forge: Forge, organization: Account, value: unknown, own?: Team): number | null | undefined {
  if (value === undefined || value === null) return value;
  const parent = forge.store.teams.get(Number(value));
  let above: Team | undefined = parent;
  while (above !== undefined && above.id !== own?.id) above = forge.store.teams.get(above.parentId ?? 0);
  if (parent?.organizationId !== organization.id || above !== undefined)
    throw validationFailed({ resource: 'Team', code: 'invalid', field: 'parent_team_id' });
  return parent.id;
}

/** Somebody of the organisation. @throws ApiError 404, 422 */
function memberId(forge: Forge, organization: Account, login: string): number {
  const account = forge.store.accounts.by('login', login.toLowerCase())[0];
  if (account === undefined) throw new ApiError(404, 'Not Found');
  if (organization.members?.some((one) => one.accountId === account.id) === true) return account.id;
  throw new ApiError(422, 'Validation Failed', { errors: [words.notMember(login)] });
}

/** Its maintainers may change a team, and the organisation's owners. @throws ApiError 403 */
function maintained(forge: Forge, c: ApiContext, team: Team): void {
  const { account, kind } = c.get('identity');
  requireMembers(forge, c.get('identity'), team.organizationId);
  if (kind === 'user' && account !== undefined && team.maintainerIds?.includes(account.id) === true) return;
  owned(forge, c);
}

function raiseTeam(
  forge: Forge,
  c: ApiContext,
  team: Team,
  action: 'created' | 'edited' | 'deleted',
  changes?: Readonly<Record<string, unknown>>,
): void {
  raiseOrganizationEvent(forge, c.get('identity'), team.organizationId, 'team', () => ({
    action,
    team: presentTeam(forge, team),
    ...(changes === undefined ? {} : { changes }),
  }));
}

function raiseMembership(
  forge: Forge,
  c: ApiContext,
  team: Team,
  accountId: number,
  action: 'added' | 'removed',
): void {
  raiseOrganizationEvent(forge, c.get('identity'), team.organizationId, 'membership', () => ({
    action,
    scope: 'team',
    member: presentAccountById(forge, accountId),
    team: presentTeam(forge, team),
  }));
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
