import { systemIdentity } from './authenticate.ts';
import { validationFailed } from './body.ts';
import type { Forge } from './forge.ts';
import { moveRefs } from './git/move-refs.ts';
import { listRefs } from './git/refs.ts';
import { copyCommit, createRepositoryFolder, repositoryFolder } from './git/repository-folder.ts';
import { addDefaultLabels } from './issues/default-labels.ts';
import type { Account, Repository } from './rows.ts';
import { timestamp } from './timestamp.ts';

export type RepositorySettings = Partial<
  Pick<
    Repository,
    | 'private'
    | 'description'
    | 'defaultBranch'
    | 'allowMergeCommit'
    | 'allowSquashMerge'
    | 'allowRebaseMerge'
    | 'allowAutoMerge'
    | 'deleteBranchOnMerge'
  >
>;

/** Makes an empty repository. @throws ApiError 422 when the name is taken or is none. */
export async function createRepository(
  forge: Forge,
  owner: Account,
  name: string,
  settings: RepositorySettings & { readonly forkOf?: number } = {},
): Promise<Repository> {
  const repository = forge.store.transaction(() => {
    refuseName(forge, owner, name);
    const made: Repository = {
      id: forge.store.next('repositories'),
      ownerId: owner.id,
      name,
      private: false,
      description: null,
      defaultBranch: 'main',
      collaborators: [],
      allowMergeCommit: true,
      allowSquashMerge: true,
      allowRebaseMerge: true,
      allowAutoMerge: false,
      deleteBranchOnMerge: false,
      defaultWorkflowPermissions: 'read',
      canApprovePullRequestReviews: false,
      createdAt: timestamp(forge),
      pushedAt: null,
      ...settings,
    };
    forge.store.repositories.put(made);
    if (made.forkOf === undefined) addDefaultLabels(forge, made);
    return made;
  });
  await createRepositoryFolder(forge, repository.id, repository.defaultBranch);
  return repository;
}

/** @throws ApiError 422 for a name that is none, or that another repository of the owner has */
export function refuseName(forge: Forge, owner: Account, name: string, own?: number): void {
  const refusal = (message: string) =>
    validationFailed({ resource: 'Repository', code: 'custom', field: 'name', message });
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name) || /^\.+$/.test(name) || /\.git$/i.test(name))
    throw refusal('name is invalid');
  const held = forge.store.repositories.by('fullName', `${owner.login}/${name}`.toLowerCase());
  if (held.some((one) => one.id !== own)) throw refusal('name already exists on this account');
}

/** Forks a repository with all its branches and tags. A fork that is there already is answered as it is. */
export async function forkRepository(
  forge: Forge,
  owner: Account,
  parent: Repository,
  name = parent.name,
): Promise<Repository> {
  const held = forge.store.repositories.by('owner', owner.id).find((one) => one.forkOf === parent.id);
  if (held !== undefined) return held;
  const { private: isPrivate, description, defaultBranch } = parent;
  const fork = await createRepository(forge, owner, name, {
    private: isPrivate,
    description,
    defaultBranch,
    forkOf: parent.id,
  });
  const refs = (await listRefs(repositoryFolder(forge, parent.id))).filter((ref) =>
    /^refs\/(heads|tags)\//.test(ref.name),
  );
  for (const ref of refs) await copyCommit(forge, parent.id, fork.id, ref.sha);
  const updates = refs.map((ref) => ({ ref: ref.name, after: ref.sha }));
  if (updates.length > 0) await moveRefs(forge, { repository: fork, identity: systemIdentity, updates, via: 'system' });
  return fork;
}
