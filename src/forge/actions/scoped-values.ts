import type { Forge } from '../forge.ts';
import type { Repository } from '../rows.ts';

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
  const rows = scopes.flatMap((scope) => forge.store[kind].by('scope', scope));
  return Object.fromEntries(rows.map((row) => [row.name, row.value]));
}
