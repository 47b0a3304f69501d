import { requireCreator } from '../may-create.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import { createRepository } from '../repositories.ts';
import type { Account, Repository } from '../rows.ts';
import { updateRepository } from '../update-repository.ts';
import { words } from '../words.ts';
import { githubError } from './graphql-error.ts';
import { find, type Mutations, text } from './mutation-input.ts';
import { type Args, type GraphqlContext, node } from './node.ts';
import { findNode } from './query.ts';

export const repositoryMutations: Mutations = {
  archiveRepository: (input, context) => setArchived(input, context, true),
  unarchiveRepository: (input, context) => setArchived(input, context, false),
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

async function setArchived(input: Args, context: GraphqlContext, archived: boolean) {
  const { forge, identity } = context;
  const repository = await find<Repository>(context, input['repositoryId'], 'Repository');
  requirePermission(forge, identity, repository, 'administration', 'write');
  const changed =
    (repository.archivedAt !== undefined) === archived
      ? repository
      : await updateRepository(forge, identity, repository, { archived });
  return { repository: node('Repository', changed) };
}
