import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import type { Reaction, ReactionContent } from '../rows.ts';
import { presentAccountById } from './account.ts';

export const reactionContents: readonly ReactionContent[] = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
];

/** How often what a global id names was reacted to, and how; `url` is its own. */
export function presentReactions(forge: Forge, subject: string, url: string): components['schemas']['reaction-rollup'] {
  const counts = { '+1': 0, '-1': 0, laugh: 0, confused: 0, heart: 0, hooray: 0, eyes: 0, rocket: 0 };
  const all = forge.store.reactions.by('subject', subject);
  for (const { content } of all) counts[content] += 1;
  return { url: `${url}/reactions`, total_count: all.length, ...counts };
}

export function presentReaction(forge: Forge, reaction: Reaction): components['schemas']['reaction'] {
  return {
    id: reaction.id,
    node_id: nodeId('Reaction', reaction.id),
    user: presentAccountById(forge, reaction.accountId),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}
