import { reactionContents } from '../present/reactions.ts';
import type { ReactionContent } from '../rows.ts';
import { actorNode } from './actor.ts';
import { type Args, connection, type GraphqlContext } from './node.ts';

const names: Readonly<Record<ReactionContent, string>> = {
  '+1': 'THUMBS_UP',
  '-1': 'THUMBS_DOWN',
  laugh: 'LAUGH',
  confused: 'CONFUSED',
  heart: 'HEART',
  hooray: 'HOORAY',
  rocket: 'ROCKET',
  eyes: 'EYES',
};

/** Reactions by kind, those that nobody gave among them, as GitHub lists them. */
export function reactionGroups({ forge, identity }: GraphqlContext, subject: string) {
  const all = forge.store.reactions.by('subject', subject);
  return reactionContents.map((content) => {
    const given = all.filter((one) => one.content === content);
    const people = (args: Args) =>
      connection(
        args,
        given.map((one) => actorNode(forge, one.accountId)),
      );
    return {
      content: names[content],
      createdAt: given[0]?.createdAt ?? null,
      users: people,
      reactors: people,
      viewerHasReacted: given.some((one) => one.accountId === identity.account?.id),
    };
  });
}

export function contentCalled(name: unknown): ReactionContent {
  return reactionContents.find((one) => names[one] === name) ?? '+1';
}
