import { authenticate } from '../../forge/authenticate.ts';
import type { Forge } from '../../forge/forge.ts';
import type { Identity } from '../../forge/http.ts';
import { canSee, roleAtLeast, roleOf } from '../../forge/permissions.ts';
import type { Repository } from '../../forge/rows.ts';
import type { RegistryRights } from '../aws/aws-accounts.ts';

/** Whom a package belongs to, as GitHub's container registry decides it at the first push. */
export interface PackageRecord {
  /** The repository whose job pushed it first: its access is the package's. Without one only its owner has access. */
  readonly repositoryId?: number;
  readonly ownerId: number;
}

export type PackageRole = 'read' | 'write';

/** By the id of the repository whose jobs have it (the package's settings, "Manage Actions access"). */
export type PackageShares = Readonly<Record<number, PackageRole>>;

/**
 * Who asks the registry: somebody of the forge, the lab's own deploy target, which may pull everything, or a role of the
 * cloud whose registry it is.
 */
export type RegistryIdentity = RegistryUser | CloudRole;

/** Somebody whose rights are GitHub's to give, and the deploy target. */
export type RegistryUser = Identity | { readonly kind: 'deploy-target' };

export interface CloudRole {
  readonly kind: 'cloud-role';
  readonly may: RegistryRights;
}

/** Reads what `docker login` or the token endpoint handed out; a GitHub token in plain or in base64. @throws ApiError 401 */
export function identifyRegistryUser(
  forge: Forge,
  header: string | undefined,
  deployTargetSecret: string,
): RegistryUser {
  const token = passwordOf(header);
  if (token === undefined || token === anonymous) return { kind: 'anonymous' };
  if (token === deployTargetSecret) return { kind: 'deploy-target' };
  return authenticate(forge, `token ${token}`);
}

/** What stands in a bearer token of somebody who did not log in. */
export const anonymous = 'anonymous';

/** What `docker login` was given, also behind a bearer token. */
export function passwordOf(header: string | undefined): string | undefined {
  const bearer = /^bearer\s+(\S+)$/i.exec(header ?? '')?.[1];
  return bearer === undefined ? basicPassword(header) : Buffer.from(bearer, 'base64').toString('utf8');
}

export function basicPassword(header: string | undefined): string | undefined {
  const basic = /^basic\s+(\S+)$/i.exec(header ?? '')?.[1];
  if (basic === undefined) return undefined;
  const text = Buffer.from(basic, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}

/**
 * Packages of public repositories are everybody's; others need `packages: read` and access to the repository, or a job of
 * a repository that the package is shared with.
 */
export function mayPull(forge: Forge, identity: RegistryUser, held: PackageRecord, shares: PackageShares): boolean {
  if (identity.kind === 'deploy-target') return true;
  const repository = held.repositoryId === undefined ? undefined : forge.store.repositories.get(held.repositoryId);
  if (repository !== undefined && !repository.private) return true;
  if (!tokenAllows(identity, 'read')) return false;
  const own = jobRepository(forge, identity);
  if (own !== undefined && shares[own.id] !== undefined) return true;
  if (repository === undefined) return identity.account !== undefined && ownerRole(forge, identity, held.ownerId);
  return canReach(identity, repository) && canSee(forge, identity, repository);
}

/** `packages: write`, and the right to write to the package's repository; a new name needs the right to its owner. */
export function mayPush(
  forge: Forge,
  identity: RegistryUser,
  ownerLogin: string,
  held: PackageRecord | undefined,
  shares: PackageShares = {},
): boolean {
  if (identity.kind === 'deploy-target' || !tokenAllows(identity, 'write')) return false;
  const owner = forge.store.accounts.by('login', ownerLogin.toLowerCase())[0];
  if (owner === undefined || identity.account === undefined) return false;
  const repository = held?.repositoryId === undefined ? undefined : forge.store.repositories.get(held.repositoryId);
  const own = jobRepository(forge, identity);
  if (identity.kind === 'job') {
    if (own === undefined) return false;
    if (shares[own.id] === 'write') return true;
    return own.ownerId === owner.id && (repository === undefined || repository.id === own.id);
  }
  if (identity.kind === 'installation') {
    return (
      identity.installation?.accountId === owner.id && (repository === undefined || canReach(identity, repository))
    );
  }
  if (repository !== undefined) return roleAtLeast(roleOf(forge, repository, identity.account.id), 'write');
  return ownerRole(forge, identity, owner.id);
}

/** A person needs `delete:packages` and to be an admin of the package's repository; a job may where it may push. */
export function mayDelete(forge: Forge, identity: Identity, ownerLogin: string, held: PackageRecord): boolean {
  const { token, account } = identity;
  if (token?.kind !== 'classic') return mayPush(forge, identity, ownerLogin, held);
  if (token.scopes?.includes('delete:packages') !== true || account === undefined) return false;
  const repository = held.repositoryId === undefined ? undefined : forge.store.repositories.get(held.repositoryId);
  if (repository === undefined) return ownerRole(forge, identity, held.ownerId);
  return roleAtLeast(roleOf(forge, repository, account.id), 'admin');
}

/** The repository whose job the identity is. */
export function jobRepository(forge: Forge, identity: RegistryUser): Repository | undefined {
  if (identity.kind !== 'job' || identity.token?.jobId === undefined) return undefined;
  const job = forge.store.jobs.get(identity.token.jobId);
  return job === undefined ? undefined : forge.store.repositories.get(job.repositoryId);
}

function tokenAllows(identity: Identity, level: 'read' | 'write'): boolean {
  const { token } = identity;
  if (token === undefined) return false;
  if (token.kind === 'classic') {
    const scopes = token.scopes ?? [];
    return scopes.includes('write:packages') || (level === 'read' && scopes.includes('read:packages'));
  }
  const held = token.permissions?.['packages'];
  return held === 'write' || held === 'admin' || (level === 'read' && held === 'read');
}

function canReach(identity: Identity, repository: Repository): boolean {
  const ids = identity.token?.repositoryIds;
  return ids === 'all' || ids?.includes(repository.id) === true;
}

/** Members of an organisation may make packages in it; nobody but oneself in one's own account. */
function ownerRole(forge: Forge, identity: Identity, ownerId: number): boolean {
  const id = identity.account?.id;
  const owner = forge.store.accounts.get(ownerId);
  return ownerId === id || owner?.members?.some((member) => member.accountId === id) === true;
}
