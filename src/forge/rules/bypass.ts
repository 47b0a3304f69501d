import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { isTeamMember, roleOf } from '../permissions.ts';
import type { Repository, Ruleset } from '../rows.ts';

export type BypassMode = Ruleset['bypassActors'][number]['bypass_mode'];

/** Numbers of the base roles in `bypass_actors`. */
export const roleIds: Readonly<Record<number, string>> = {
  1: 'read',
  3: 'triage',
  4: 'write',
  2: 'maintain',
  5: 'admin',
};
const modes: readonly BypassMode[] = ['exempt', 'always', 'pull_request'];

/** How far a ruleset's rules may be passed over by this identity; undefined: not at all. Nobody may that is not listed. */
export function bypassOf(
  forge: Forge,
  ruleset: Ruleset,
  identity: Identity,
  repository: Repository,
): BypassMode | undefined {
  // In a fork, a push ruleset asks for roles where the ruleset is.
  const network = forge.store.repositories.get(repository.forkOf ?? 0);
  const elsewhere =
    ruleset.sourceType === 'Repository' ? ruleset.sourceId !== repository.id : ruleset.sourceId !== repository.ownerId;
  const asked = elsewhere && network !== undefined ? network : repository;
  const held = ruleset.bypassActors
    .filter((actor) => isActor(forge, actor, identity, asked))
    .map((actor) => actor.bypass_mode);
  return modes.find((mode) => held.includes(mode));
}

function isActor(
  forge: Forge,
  actor: Ruleset['bypassActors'][number],
  identity: Identity,
  repository: Repository,
): boolean {
  const account = identity.account;
  switch (actor.actor_type) {
    case 'Integration':
      return identity.kind !== 'user' && identity.appId !== undefined && identity.appId === actor.actor_id;
    case 'User':
      return identity.kind === 'user' && account?.id === actor.actor_id;
    case 'Team':
      return identity.kind === 'user' && account !== undefined && isTeamMember(forge, actor.actor_id ?? 0, account.id);
    case 'OrganizationAdmin':
      return identity.kind === 'user' && account !== undefined && isOwner(forge, repository, account.id);
    case 'RepositoryRole':
      return (
        identity.kind === 'user' && account !== undefined && hasRole(forge, repository, account.id, actor.actor_id)
      );
    case 'DeployKey':
      // Deploy keys come by SSH, which is not served.
      return false;
  }
}

function isOwner(forge: Forge, repository: Repository, accountId: number): boolean {
  const owner = forge.store.accounts.get(repository.ownerId);
  return owner?.members?.some((member) => member.accountId === accountId && member.role === 'admin') === true;
}

/** A role and those above it. */
function hasRole(forge: Forge, repository: Repository, accountId: number, roleId: number | null): boolean {
  const order = ['read', 'triage', 'write', 'maintain', 'admin'];
  const wanted = order.indexOf(roleIds[roleId ?? 0] ?? '');
  return wanted !== -1 && order.indexOf(roleOf(forge, repository, accountId) ?? '') >= wanted;
}
