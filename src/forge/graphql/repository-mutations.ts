import { requireCreator } from '../may-create.ts';
import { requireAccount } from '../permissions.ts';
import { createRepository } from '../repositories.ts';
import type { Account } from '../rows.ts';
import { words } from '../words.ts';
import { githubError } from './graphql-error.ts';
import { type Mutations, text } from './mutation-input.ts';
import { node } from './node.ts';
import { findNode } from './query.ts';

export const repositoryMutations: Mutations = {
  createRepository: async (input, context) => {
    const { forge, identity } = context;
    const id = text(input['ownerId']);
    const owner = id === undefined ? requireAccount(identity) : ((await findNode(context, id)).row as Account);
    if (!('login' in owner)) throw githubError('NOT_FOUND', words.unresolvedNode('an owner', id ?? ''));
    requireCreator(forge, identity, owner);
    // Wikis are not served: a repository is said to have none, whatever is asked for.
    void input['hasWikiEnabled'];
    if (input['hasIssuesEnabled'] === false)
      throw githubError('NOT_SERVED', 'createRepository(hasIssuesEnabled: false) is not served by the lab');
    const repository = await createRepository(forge, owner, String(input['name']), {
      private: input['visibility'] !== 'PUBLIC',
      description: text(input['description']) ?? null,
    });
    return { repository: node('Repository', repository) };
  },
};
