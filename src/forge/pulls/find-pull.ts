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
  const head = filter.head?.toLowerCase();
  const branch = head?.slice(head.indexOf(':') + 1);
  // By id, which is the order in which they were opened.
  const found = forge.store.pulls
    .by('repository', repository.id)
    .filter(
      (pull) =>
        (filter.state === 'all' || pull.state === filter.state) &&
        (filter.base === undefined || pull.baseRef === filter.base) &&
        (head === undefined || (pull.headRef.toLowerCase() === branch && headLabel(forge, pull) === head)),
    );
  if (filter.sort === 'updated') found.sort((a, b) => compareTexts(a.updatedAt, b.updatedAt) || a.id - b.id);
  return filter.direction === 'asc' ? found : found.reverse();
}

/** Timestamps are compared as they are written: a locale's rules would cost more than all else. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function headLabel(forge: Forge, pull: Pull): string {
  const repository = forge.store.repositories.get(pull.headRepositoryId);
  const owner = forge.store.accounts.get(repository?.ownerId ?? 0)?.login ?? '';
  return `${owner}:${pull.headRef}`.toLowerCase();
}
