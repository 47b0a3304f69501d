import { commitFiles } from '../git/commit-files.ts';
import { createRef, deleteRef, updateRef } from '../git/edit-ref.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { findRepository, requirePermission } from '../permissions.ts';
import type { Repository } from '../rows.ts';
import { words } from '../words.ts';
import { commitNode, type RefRow, refNode } from './git-objects.ts';
import { githubError } from './graphql-error.ts';
import { array, find, type Mutations, object } from './mutation-input.ts';
import type { Args, GraphqlContext } from './node.ts';

export const refMutations: Mutations = {
  createRef: async (input, context) => {
    const { forge, identity } = context;
    const repository = await find<Repository>(context, input['repositoryId'], 'Repository');
    requirePermission(forge, identity, repository, 'contents', 'write');
    const ref = String(input['name']);
    await createRef(forge, { repository, identity, ref }, String(input['oid']));
    return { ref: refNode(forge, repository, ref) };
  },
  updateRef: async (input, context) => {
    const { forge, identity } = context;
    const { repository, name } = await find<RefRow>(context, input['refId'], 'Ref');
    requirePermission(forge, identity, repository, 'contents', 'write');
    await updateRef(forge, { repository, identity, ref: name }, String(input['oid']), input['force'] === true);
    return { ref: refNode(forge, repository, name) };
  },
  deleteRef: async (input, context) => {
    const { forge, identity } = context;
    const { repository, name } = await find<RefRow>(context, input['refId'], 'Ref');
    requirePermission(forge, identity, repository, 'contents', 'write');
    await deleteRef(forge, { repository, identity, ref: name });
    return {};
  },
  createCommitOnBranch: async (input, context) => {
    const { forge, identity } = context;
    const { repository, branch } = await findBranch(context, object(input['branch']));
    requirePermission(forge, identity, repository, 'contents', 'write');
    const expectedHead = String(input['expectedHeadOid']);
    const head = readRef(repositoryFolder(forge, repository.id), `refs/heads/${branch}`);
    if (head === undefined) throw githubError('NOT_FOUND', words.noSuchBranch(branch));
    const stale = githubError('STALE_DATA', words.branchMoved(expectedHead));
    if (head !== expectedHead) throw stale;
    const changes = object(input['fileChanges']);
    const additions = array(changes['additions']).map((one) => ({
      path: String(one['path']),
      content: Buffer.from(String(one['contents']), 'base64'),
    }));
    const deletions = array(changes['deletions']).map((one) => ({ path: String(one['path']), content: null }));
    const { headline, body } = object(input['message']);
    const message = [String(headline), ...(typeof body === 'string' && body !== '' ? ['', body] : [])].join('\n');
    const files = [...additions, ...deletions];
    const { sha } = await commitFiles(forge, { repository, identity, branch, expectedHead, files, message });
    return {
      commit: await commitNode(forge, repository, sha),
      ref: refNode(forge, repository, `refs/heads/${branch}`),
    };
  },
};

async function findBranch(context: GraphqlContext, branch: Args): Promise<{ repository: Repository; branch: string }> {
  if (typeof branch['id'] === 'string') {
    const { repository, name } = await find<RefRow>(context, branch['id'], 'Ref');
    return { repository, branch: name.replace(/^refs\/heads\//, '') };
  }
  const [owner = '', name = ''] = String(branch['repositoryNameWithOwner']).split('/');
  const repository = findRepository(context.forge, context.identity, owner, name);
  return { repository, branch: String(branch['branchName']).replace(/^refs\/heads\//, '') };
}
