import { type Body, optionalChoice, optionalFlag, optionalText, validationFailed } from './body.ts';
import { raiseEvent } from './events.ts';
import type { Forge } from './forge.ts';
import { readRef } from './git/refs.ts';
import { repositoryFolder, setDefaultBranch } from './git/repository-folder.ts';
import { ApiError, type Identity } from './http.ts';
import { fullNameOf } from './permissions.ts';
import { type RepositorySettings, refuseName } from './repositories.ts';
import type { Repository } from './rows.ts';
import { timestamp } from './timestamp.ts';
import { words } from './words.ts';

/** Changes a repository's settings, its name, and whether it is archived. @throws ApiError 403, 422 */
export async function updateRepository(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  body: Body,
): Promise<Repository> {
  const archived = optionalFlag(body, 'archived');
  if (repository.archivedAt !== undefined && archived !== false) throw new ApiError(403, words.archived());
  const { archivedAt: _archivedAt, ...kept } = repository;
  const homepage = optionalText(body, 'homepage');
  const changed: Repository = {
    ...kept,
    ...repositorySettings(body),
    ...(homepage === undefined ? {} : { homepage }),
    ...(archived === true ? { archivedAt: timestamp(forge) } : {}),
    ...newName(forge, repository, optionalText(body, 'name')),
  };
  const branch = changed.defaultBranch;
  const moved = branch !== repository.defaultBranch;
  const there = readRef(repositoryFolder(forge, repository.id), `refs/heads/${branch}`) !== undefined;
  if (moved && !there) {
    const message = words.defaultBranchMissing(branch);
    throw validationFailed({ resource: 'Repository', field: 'default_branch', code: 'invalid', message });
  }
  forge.store.transaction(() => {
    forge.store.repositories.put(changed);
    raiseEdits(forge, identity, repository, changed);
  });
  if (moved) await setDefaultBranch(forge, repository.id, branch);
  return changed;
}

/** The name a repository gets, and that it still answers to the one it has. */
function newName(forge: Forge, repository: Repository, name: string | undefined): Partial<Repository> {
  if (name === undefined || name === repository.name) return {};
  const owner = forge.store.accounts.get(repository.ownerId);
  if (owner !== undefined) refuseName(forge, owner, name, repository.id);
  const former = [...(repository.formerNames ?? []), fullNameOf(forge, repository).toLowerCase()];
  const now = `${owner?.login ?? ''}/${name}`.toLowerCase();
  return { name, formerNames: former.filter((one) => one !== now) };
}

function raiseEdits(forge: Forge, identity: Identity, before: Repository, after: Repository): void {
  const raise = (action: Action, changes?: Readonly<Record<string, unknown>>): void =>
    raiseEvent(forge, {
      name: 'repository',
      action,
      repository: after,
      identity,
      ...(changes === undefined ? {} : { changes }),
    });
  const changes = {
    ...(before.defaultBranch === after.defaultBranch ? {} : { default_branch: { from: before.defaultBranch } }),
    ...(before.description === after.description ? {} : { description: { from: before.description } }),
    ...(before.homepage === after.homepage ? {} : { homepage: { from: before.homepage ?? null } }),
  };
  if (Object.keys(changes).length > 0) raise('edited', changes);
  if (before.name !== after.name) raise('renamed', { repository: { name: { from: before.name } } });
  if (before.private !== after.private) raise(after.private ? 'privatized' : 'publicized');
  if ((before.archivedAt === undefined) !== (after.archivedAt === undefined))
    raise(after.archivedAt === undefined ? 'unarchived' : 'archived');
}

type Action = 'edited' | 'renamed' | 'privatized' | 'publicized' | 'archived' | 'unarchived';

/** The settings that a body names. @throws ApiError 422 */
export function repositorySettings(body: Body): RepositorySettings {
  const visibility = optionalChoice(body, 'visibility', ['public', 'private', 'internal']);
  const all = {
    private: optionalFlag(body, 'private') ?? (visibility === undefined ? undefined : visibility !== 'public'),
    description: optionalText(body, 'description'),
    defaultBranch: optionalText(body, 'default_branch'),
    allowMergeCommit: optionalFlag(body, 'allow_merge_commit'),
    allowSquashMerge: optionalFlag(body, 'allow_squash_merge'),
    allowRebaseMerge: optionalFlag(body, 'allow_rebase_merge'),
    allowAutoMerge: optionalFlag(body, 'allow_auto_merge'),
    deleteBranchOnMerge: optionalFlag(body, 'delete_branch_on_merge'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
