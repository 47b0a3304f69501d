import type { Forge } from './forge.ts';
import { ApiError, type Identity } from './http.ts';
import { roleByOrganization } from './org-roles.ts';
import type { Account, Repository, Role, Team, Token } from './rows.ts';
import { words } from './words.ts';

export type AccessLevel = 'read' | 'write' | 'admin';

const roles: readonly Role[] = ['read', 'triage', 'write', 'maintain', 'admin'];
const levels: readonly AccessLevel[] = ['read', 'write', 'admin'];
/** Permissions of which everybody may read a public repository's part. */
const publicParts = new Set([
  'metadata',
  'contents',
  'pull_requests',
  'issues',
  'checks',
  'statuses',
  'actions',
  'deployments',
  'environments',
]);
/** Permissions that only administrators have among people. */
const adminParts = new Set(['administration', 'secrets', 'environments', 'variables', 'actions_variables']);

/** Whether `held` is at least `wanted`. */
export function roleAtLeast(held: Role | undefined, wanted: Role): boolean {
  return held !== undefined && roles.indexOf(held) >= roles.indexOf(wanted);
}

/** What a person or bot may do in a repository, apart from what its token narrows; undefined for nothing at all. */
export function roleOf(forge: Forge, repository: Repository, accountId: number): Role | undefined {
  const { store } = forge;
  const owner = store.accounts.get(repository.ownerId);
  const account = store.accounts.get(accountId);
  if (account?.siteAdmin === true || accountId === repository.ownerId) return 'admin';
  const held: Role[] = repository.collaborators.filter((one) => one.accountId === accountId).map((one) => one.role);
  const membership = owner?.members?.find((member) => member.accountId === accountId);
  const base = owner?.baseRole ?? 'read';
  if (membership?.role === 'admin') held.push('admin');
  else if (membership !== undefined && base !== 'none') held.push(base);
  if (owner !== undefined) held.push(...roleByOrganization(forge, owner, accountId));
  for (const team of store.teams.by('organization', repository.ownerId)) {
    const access = team.repositories.find((one) => one.repositoryId === repository.id);
    if (access !== undefined && isTeamMember(forge, team.id, accountId)) held.push(access.role);
  }
  if (!repository.private) held.push('read');
  return roles.findLast((role) => held.includes(role));
}

/** A team's people: its own, and those of the teams below it, who have what it has. */
export function teamMembers(forge: Forge, team: Team): readonly number[] {
  const below = forge.store.teams.by('organization', team.organizationId).filter((one) => one.parentId === team.id);
  return [...new Set([...team.memberIds, ...below.flatMap((one) => teamMembers(forge, one))])];
}

export function isTeamMember(forge: Forge, teamId: number, accountId: number): boolean {
  const team = forge.store.teams.get(teamId);
  return team !== undefined && teamMembers(forge, team).includes(accountId);
}

/** `owner/name` */
export function fullNameOf(forge: Forge, repository: Repository): string {
  return `${forge.store.accounts.get(repository.ownerId)?.login ?? ''}/${repository.name}`;
}

/** Whether the identity may know that the repository exists. */
export function canSee(forge: Forge, identity: Identity, repository: Repository): boolean {
  if (!repository.private || identity.kind === 'system') return true;
  const { token, account } = identity;
  if (token === undefined || account === undefined) return false;
  if (!tokenReaches(token, repository)) return false;
  if (identity.kind === 'job') return true;
  if (identity.kind === 'installation') return installationCovers(identity, repository);
  if (token.kind === 'classic' && !(token.scopes ?? []).includes('repo')) return false;
  return roleOf(forge, repository, account.id) !== undefined;
}

/** Whether a token is for a repository at all: among those it names, its resource owner's, and not waiting for approval. */
function tokenReaches(token: Token, repository: Repository): boolean {
  if (token.repositoryIds !== 'all' && !token.repositoryIds.includes(repository.id)) return false;
  if (token.resourceOwnerId === undefined) return true;
  return token.resourceOwnerId === repository.ownerId && (token.approval ?? 'approved') === 'approved';
}

/** Whether the App of the identity is installed on the repository. */
export function installationCovers(identity: Identity, repository: Repository): boolean {
  const { installation } = identity;
  if (installation === undefined || installation.accountId !== repository.ownerId) return false;
  return installation.repositoryIds === 'all' || installation.repositoryIds.includes(repository.id);
}

/** Whether the identity may read an organisation's teams and members: its people, and Apps with `members`. */
export function canSeeMembers(forge: Forge, identity: Identity, organizationId: number): boolean {
  if (identity.kind === 'system') return true;
  const { account, token, installation } = identity;
  if (account === undefined || token === undefined) return false;
  if (identity.kind === 'installation') {
    return installation?.accountId === organizationId && token.permissions?.['members'] !== undefined;
  }
  if (identity.kind !== 'user') return false;
  if (token.kind === 'fine-grained' && token.permissions?.['members'] === undefined) return false;
  const scopes = token.scopes ?? [];
  if (token.kind === 'classic' && !['read:org', 'write:org', 'admin:org'].some((one) => scopes.includes(one)))
    return false;
  const organization = forge.store.accounts.get(organizationId);
  return account.siteAdmin || organization?.members?.some((one) => one.accountId === account.id) === true;
}

/** @throws ApiError 401 for nobody, 403 for tokens that may not, 404 for people from outside */
export function requireMembers(forge: Forge, identity: Identity, organizationId: number): void {
  requireAccount(identity);
  if (canSeeMembers(forge, identity, organizationId)) return;
  if (identity.kind !== 'user') throw new ApiError(403, words.byIntegration());
  if (identity.token?.kind === 'fine-grained') throw new ApiError(403, words.byPersonalToken());
  throw new ApiError(404, 'Not Found');
}

/**
 * The organisation, where the asker administers it: an owner whose token may, or an App with the permission.
 * `anyMember`: its members too. @throws ApiError 401, 403, 404
 */
export function requireOrganization(
  forge: Forge,
  identity: Identity,
  login: string,
  wanted: { readonly permission: string; readonly level: 'read' | 'write'; readonly anyMember?: boolean },
): Account {
  const { account, token, installation } = identity;
  const organization = forge.store.accounts.by('login', login)[0];
  if (identity.kind === 'system' && organization !== undefined) return organization;
  if (organization?.type !== 'Organization') throw new ApiError(404, 'Not Found');
  if (identity.kind === 'anonymous') throw new ApiError(401, words.requiresAuthentication());
  const { permission, level } = wanted;
  noteAccepted(identity, `${permission}=${level}`);
  const granted = covers(token?.permissions?.[permission], level);
  if (identity.kind === 'installation' || identity.kind === 'job') {
    if (granted && installation?.accountId === organization.id) return organization;
    throw new ApiError(403, words.byIntegration());
  }
  if (identity.kind !== 'user' || account === undefined) throw new ApiError(403, words.byIntegration());
  if (token?.kind === 'fine-grained' && !granted) throw new ApiError(403, words.byPersonalToken());
  const member = organization.members?.find((one) => one.accountId === account.id);
  const scopes = token?.scopes ?? [];
  const scoped =
    token?.kind !== 'classic' ||
    scopes.includes('admin:org') ||
    (level === 'read' && ['read:org', 'write:org'].some((one) => scopes.includes(one)));
  if (member === undefined && !account.siteAdmin) throw new ApiError(404, 'Not Found');
  const may = account.siteAdmin || member?.role === 'admin' || wanted.anyMember === true;
  if (may && scoped) return organization;
  throw new ApiError(403, words.organizationAdmin());
}

/** By its full name, or one that it had before and that no other has now. */
export function repositoryCalled(forge: Forge, fullName: string): Repository | undefined {
  const key = fullName.toLowerCase();
  const { repositories } = forge.store;
  const named = repositories.by('fullName', key)[0];
  return named ?? [...repositories.values()].find((one) => one.formerNames?.includes(key) === true);
}

/** @throws ApiError 404 where there is none or the identity may not know of it. */
export function findRepository(forge: Forge, identity: Identity, owner: string, name: string): Repository {
  const key = `${owner}/${name.replace(/\.git$/, '')}`.toLowerCase();
  const repository = repositoryCalled(forge, key);
  if (repository === undefined || !canSee(forge, identity, repository)) throw new ApiError(404, 'Not Found');
  return repository;
}

/**
 * Whether the identity has the permission: a token's own, and for people also their role.
 * `role`: what people need where it differs from the usual (read, write, admin for the level).
 */
export function hasPermission(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  permission: string | readonly string[],
  level: AccessLevel,
  role?: Role,
): boolean {
  const names = typeof permission === 'string' ? [permission] : permission;
  if (identity.kind === 'system') return true;
  if (!canSee(forge, identity, repository)) return false;
  if (level === 'read' && !repository.private && names.some((name) => publicParts.has(name))) return true;
  const { token, account } = identity;
  if (token === undefined || account === undefined) return false;
  if (!tokenReaches(token, repository)) return false;
  const granted = names.some((name) =>
    covers(token.permissions?.[name] ?? (name === 'metadata' ? 'read' : undefined), level),
  );
  if (identity.kind === 'job') return granted;
  if (identity.kind === 'installation') return granted && installationCovers(identity, repository);
  if (token.kind === 'fine-grained' && !granted) return false;
  if (token.kind === 'classic' && !classicCovers(token.scopes ?? [], repository, level)) return false;
  return roleAtLeast(roleOf(forge, repository, account.id), role ?? usualRole(names, level));
}

/** Branches of a fork to which the identity may push because their pull requests let maintainers of the base do so. */
export function maintainedBranches(forge: Forge, identity: Identity, repository: Repository): readonly string[] {
  if (repository.forkOf === undefined || identity.kind === 'job' || !canSee(forge, identity, repository)) return [];
  const parent = forge.store.repositories.get(repository.forkOf);
  if (parent === undefined || !hasPermission(forge, identity, parent, 'contents', 'write')) return [];
  return forge.store.pulls
    .by('repository', parent.id)
    .filter((one) => one.state === 'open' && one.headRepositoryId === repository.id)
    .filter((one) => one.maintainerCanModify === true)
    .map((one) => one.headRef);
}

/** @throws ApiError 404 when the repository is invisible, 403 with GitHub's words when the permission is missing. */
export function requirePermission(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  permission: string | readonly string[],
  level: AccessLevel,
  role?: Role,
): void {
  if (!canSee(forge, identity, repository)) throw new ApiError(404, 'Not Found');
  const names = typeof permission === 'string' ? [permission] : permission;
  noteAccepted(identity, names.map((name) => `${name}=${level}`).join('; '));
  if (level !== 'read' && repository.archivedAt !== undefined && !names.includes('administration'))
    throw new ApiError(403, words.archived());
  if (hasPermission(forge, identity, repository, permission, level, role)) return;
  if (identity.kind === 'anonymous') throw new ApiError(401, words.requiresAuthentication());
  throw new ApiError(403, refusal(identity, role ?? usualRole(names, level)));
}

/** What of a token's permissions a request needed, by its identity: each request has one of its own. */
const accepted = new WeakMap<Identity, string>();

/** The last thing asked counts: routes ask for what they read before they ask for what they write. */
function noteAccepted(identity: Identity, permissions: string): void {
  accepted.set(identity, permissions);
}

/** `X-Accepted-GitHub-Permissions` of the answer to a request: `contents=write`. */
export function acceptedPermissions(identity: Identity): string | undefined {
  return accepted.get(identity);
}

/** The account a request acts as. @throws ApiError 401 for nobody, 403 for an App's own JWT. */
export function requireAccount(identity: Identity): Account {
  if (identity.account !== undefined) return identity.account;
  if (identity.kind === 'anonymous') throw new ApiError(401, words.requiresAuthentication());
  throw new ApiError(403, words.byIntegration());
}

function refusal(identity: Identity, role: Role): string {
  if (identity.kind !== 'user') return words.byIntegration();
  if (identity.token?.kind === 'fine-grained') return words.byPersonalToken();
  return role === 'admin' ? words.adminRights() : words.pushAccess();
}

function covers(held: AccessLevel | undefined, wanted: AccessLevel): boolean {
  return held !== undefined && levels.indexOf(held) >= levels.indexOf(wanted);
}

function classicCovers(scopes: readonly string[], repository: Repository, level: AccessLevel): boolean {
  if (scopes.includes('repo')) return true;
  return !repository.private && (level === 'read' || scopes.includes('public_repo'));
}

function usualRole(names: readonly string[], level: AccessLevel): Role {
  if (level === 'read') return names.some((name) => name === 'administration') ? 'admin' : 'read';
  return level === 'admin' || names.some((name) => adminParts.has(name)) ? 'admin' : 'write';
}
