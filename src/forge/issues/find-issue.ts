import type { Forge } from '../forge.ts';
import { ApiError } from '../http.ts';
import type { Issue, Pull, Repository } from '../rows.ts';

/** The issue or pull request with that number. @throws ApiError 404 */
export function findIssue(forge: Forge, repository: Repository, number: number): Issue | Pull {
  const key = `${repository.id}/${number}`;
  const found = forge.store.issues.by('number', key)[0] ?? forge.store.pulls.by('number', key)[0];
  if (found === undefined) throw new ApiError(404, 'Not Found');
  return found;
}
