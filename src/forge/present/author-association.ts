import type { Forge } from '../forge.ts';
import type { Repository } from '../rows.ts';

/** What an author is to a repository, as GitHub labels comments. */
export function authorAssociation(
  forge: Forge,
  repository: Repository,
  accountId: number,
): 'OWNER' | 'MEMBER' | 'COLLABORATOR' | 'CONTRIBUTOR' | 'NONE' {
  if (repository.ownerId === accountId) return 'OWNER';
  const owner = forge.store.accounts.get(repository.ownerId);
  if (owner?.members?.some((member) => member.accountId === accountId) === true) return 'MEMBER';
  if (repository.collaborators.some((one) => one.accountId === accountId)) return 'COLLABORATOR';
  return forge.store.accounts.get(accountId)?.type === 'Bot' ? 'CONTRIBUTOR' : 'NONE';
}
