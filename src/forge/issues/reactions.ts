import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { requireAccount } from '../permissions.ts';
import type { Reaction, ReactionContent, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

/** Somebody's reaction to what a global id names; one that is there already is answered as it is. */
export function addReaction(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  subject: string,
  content: ReactionContent,
): { readonly reaction: Reaction; readonly made: boolean } {
  const { id: accountId } = requireAccount(identity);
  const held = ownReaction(forge, accountId, subject, content);
  if (held !== undefined) return { reaction: held, made: false };
  return forge.store.transaction(() => {
    const id = forge.store.next('reactions');
    const reaction = { id, repositoryId: repository.id, subject, accountId, content, createdAt: timestamp(forge) };
    forge.store.reactions.put(reaction);
    return { reaction, made: true };
  });
}

export function ownReaction(
  forge: Forge,
  accountId: number,
  subject: string,
  content: ReactionContent,
): Reaction | undefined {
  return forge.store.reactions
    .by('subject', subject)
    .find((one) => one.accountId === accountId && one.content === content);
}
