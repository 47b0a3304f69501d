import type { ActorRef, RepositoryRef } from '../../protocol/event.ts';
import type { Forge } from '../forge.ts';
import type { Account, Repository } from '../rows.ts';

/** A repository as the protocol names it. */
export function repositoryRef(forge: Forge, repository: Repository): RepositoryRef {
  const owner = forge.store.accounts.get(repository.ownerId)?.login ?? '';
  return {
    id: repository.id,
    owner,
    name: repository.name,
    fullName: `${owner}/${repository.name}`,
    ownerId: repository.ownerId,
    private: repository.private,
    defaultBranch: repository.defaultBranch,
    tokenDefault: repository.defaultWorkflowPermissions,
  };
}

export function actorRef(account: Account): ActorRef {
  return { id: account.id, login: account.login, type: account.type };
}
