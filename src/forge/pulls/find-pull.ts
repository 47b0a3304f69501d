import type { Forge } from '../forge.ts';
import { ApiError } from '../http.ts';
import type { Pull, Repository } from '../rows.ts';

/** @throws ApiError 404 */
export function findPull(forge: Forge, repository: Repository, number: number): Pull {
  const pull = forge.store.pulls.by('number', `${repository.id}/${number}`)[0];
  if (pull === undefined) throw new ApiError(404, 'Not Found');
  return pull;
}

/** The pull request's own repository. @throws ApiError 404 when it was deleted. */
export function repositoryOf(forge: Forge, row: { readonly repositoryId: number }): Repository {
  const repository = forge.store.repositories.get(row.repositoryId);
  if (repository === undefined) throw new ApiError(404, 'Not Found');
  return repository;
}

export interface PullFilter {
  readonly state: 'open' | 'closed' | 'all';
  /** `owner:branch` */
  readonly head?: string;
  readonly base?: string;
  readonly sort: 'created' | 'updated' | 'popularity' | 'long-running';
  readonly direction: 'asc' | 'desc';
}

export function listPulls(forge: Forge, repository: Repository, filter: PullFilter): readonly Pull[] {
  const found = forge.store.pulls
    .by('repository', repository.id)
    .filter((pull) => filter.state === 'all' || pull.state === filter.state)
    .filter((pull) => filter.base === undefined || pull.baseRef === filter.base)
    .filter((pull) => filter.head === undefined || headLabel(forge, pull) === filter.head.toLowerCase());
  const key = (pull: Pull): string => (filter.sort === 'updated' ? pull.updatedAt : pull.createdAt);
  const sorted = [...found].sort((a, b) => key(a).localeCompare(key(b)) || a.id - b.id);
  return filter.direction === 'asc' ? sorted : sorted.reverse();
}

function headLabel(forge: Forge, pull: Pull): string {
  const repository = forge.store.repositories.get(pull.headRepositoryId);
  const owner = forge.store.accounts.get(repository?.ownerId ?? 0)?.login ?? '';
  return `${owner}:${pull.headRef}`.toLowerCase();
}
