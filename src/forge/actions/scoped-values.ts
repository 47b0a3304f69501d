import type { Forge } from '../forge.ts';
import type { Repository, ScopedValue } from '../rows.ts';

/** Secrets or variables that a job sees: the organisation's, over them the repository's, over them the environment's. */
export function scopedValues(
  forge: Forge,
  kind: 'secrets' | 'variables',
  repository: Repository,
  environmentId?: number,
): Readonly<Record<string, string>> {
  const scopes = [
    `organization/${repository.ownerId}`,
    `repository/${repository.id}`,
    ...(environmentId === undefined ? [] : [`environment/${environmentId}`]),
  ];
  const rows = scopes.flatMap((scope) => forge.store[kind].by('scope', scope)).filter((row) => sees(repository, row));
  return Object.fromEntries(rows.map((row) => [row.name, row.value]));
}

/** An organisation says which of its repositories see a secret or variable. */
export function sees(repository: Repository, value: ScopedValue): boolean {
  if (value.scope !== 'organization') return true;
  const { visibility = 'all', selectedRepositoryIds = [] } = value;
  if (visibility === 'all') return true;
  return visibility === 'private' ? repository.private : selectedRepositoryIds.includes(repository.id);
}
