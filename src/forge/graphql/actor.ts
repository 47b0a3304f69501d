import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { canSee, canSeeMembers, requireMembers } from '../permissions.ts';
import { presentAccount } from '../present/account.ts';
import type { Account, Repository, Team } from '../rows.ts';
import { inOrder, texts } from './filter-rows.ts';
import { githubError } from './graphql-error.ts';
import { type Args, connection, emptyConnection, type Fields, node } from './node.ts';

/** An account as the type that it is. */
export function actorNode(forge: Forge, id: number | null | undefined) {
  const account = id === null || id === undefined ? undefined : forge.store.accounts.get(id);
  return account === undefined ? null : node(account.type, account);
}

const actor: Fields<Account> = {
  id: (row) => nodeId(row.type, row.id),
  databaseId: (row) => row.id,
  login: (row) => (row.type === 'Bot' ? row.login.replace(/\[bot\]$/, '') : row.login),
  url: (row, _args, { forge }) => presentAccount(forge, row).html_url,
  resourcePath: (row) => `/${row.login}`,
  avatarUrl: (row, _args, { forge }) => presentAccount(forge, row).avatar_url,
  createdAt: (row) => row.createdAt,
};

/** Repositories of an account, the last pushed first, where no other order is asked for. */
const repositories: Fields<Account>['repositories'] = (row, args, { forge, identity }) => {
  const { privacy, visibility, isFork, isArchived } = args;
  const wanted = { PUBLIC: false, PRIVATE: true }[String(privacy ?? visibility)];
  const affiliations = texts(args['ownerAffiliations']) ?? texts(args['affiliations']) ?? ['OWNER'];
  const order = args['orderBy'] ?? { field: 'PUSHED_AT', direction: 'DESC' };
  const found = [...forge.store.repositories.values()]
    .filter((one) => affiliations.some((how) => isAffiliated(forge, one, row, how)))
    .filter((one) => canSee(forge, identity, one) && (wanted === undefined || one.private === wanted))
    .filter((one) => typeof isFork !== 'boolean' || (one.forkOf !== undefined) === isFork)
    .filter((one) => typeof isArchived !== 'boolean' || (one.archivedAt !== undefined) === isArchived);
  return connection(
    args,
    inOrder(found, { orderBy: order }).map((one) => node('Repository', one)),
  );
};

function isAffiliated(forge: Forge, repository: Repository, account: Account, how: string): boolean {
  if (how === 'OWNER') return repository.ownerId === account.id;
  if (how === 'COLLABORATOR') return repository.collaborators.some((one) => one.accountId === account.id);
  const owner = forge.store.accounts.get(repository.ownerId);
  return owner?.members?.some((one) => one.accountId === account.id) === true;
}

export const actorFields: Readonly<Record<string, Fields<Account>>> = {
  Bot: actor,
  User: {
    ...actor,
    repositories,
    name: (row) => row.name,
    email: (row) => row.email ?? '',
    isViewer: (row, _args, { identity }) => identity.account?.id === row.id,
    isSiteAdmin: (row) => row.siteAdmin,
    organizations: (row, args, { forge, identity }) =>
      connection(
        args,
        [...forge.store.accounts.values()]
          .filter((one) => one.members?.some((member) => member.accountId === row.id))
          .filter((one) => identity.account?.id === row.id || canSeeMembers(forge, identity, one.id))
          .map((one) => node('Organization', one)),
      ),
    projectsV2: (_row, args) => emptyConnection(args),
  },
  Organization: {
    ...actor,
    repositories,
    name: (row) => row.name ?? row.login,
    membersWithRole: (row, args, { forge, identity }) =>
      connection(
        args,
        canSeeMembers(forge, identity, row.id) ? (row.members ?? []).map((one) => actorNode(forge, one.accountId)) : [],
      ),
    team: (row, args, { forge, identity }) => {
      requireMembers(forge, identity, row.id);
      const team = forge.store.teams.by('organization', row.id).find((one) => one.slug === args['slug']);
      return team === undefined ? null : node('Team', team);
    },
    teams: (row, args, { forge, identity }) => {
      requireMembers(forge, identity, row.id);
      return connection(
        args,
        teamsOf(forge, row, args).map((one) => node('Team', one)),
      );
    },
    viewerCanAdminister: (row, _args, { identity }) =>
      row.members?.some((one) => one.accountId === identity.account?.id && one.role === 'admin') === true,
    projectsV2: (_row, args) => emptyConnection(args),
  },
};

function teamsOf(forge: Forge, organization: Account, args: Args): readonly Team[] {
  const { query, privacy, role, rootTeamsOnly } = args;
  if (role !== undefined && role !== null) throw githubError('NOT_SERVED', 'teams(role:) is not served by the lab');
  const found = forge.store.teams
    .by('organization', organization.id)
    .filter((one) => typeof query !== 'string' || `${one.name} ${one.slug}`.includes(query))
    .filter((one) => rootTeamsOnly !== true || one.parentId === undefined)
    .filter((one) => typeof privacy !== 'string' || (privacy === 'SECRET') === (one.privacy === 'secret'));
  return inOrder(found, args);
}

export const teamFields: Fields<Team> = {
  id: (row) => nodeId('Team', row.id),
  databaseId: (row) => row.id,
  name: (row) => row.name,
  slug: (row) => row.slug,
  combinedSlug: (row, _args, { forge }) => `${forge.store.accounts.get(row.organizationId)?.login ?? ''}/${row.slug}`,
  organization: (row, _args, { forge }) => actorNode(forge, row.organizationId),
  members: (row, args, { forge }) =>
    connection(
      args,
      row.memberIds.map((id) => actorNode(forge, id)),
    ),
};
