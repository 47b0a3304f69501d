import type { Forge } from '../forge.ts';
import { ApiError } from '../http.ts';
import type { Ruleset } from '../rows.ts';
import { words } from '../words.ts';

type Source = Pick<Ruleset, 'sourceType' | 'sourceId'>;

/** Refuses bypass actors that have nothing to do with the repository or its organisation. @throws ApiError 422 */
export function checkBypassActors(forge: Forge, source: Source, actors: Ruleset['bypassActors']): void {
  const { store } = forge;
  const repository = source.sourceType === 'Repository' ? store.repositories.get(source.sourceId) : undefined;
  const ownerId = repository?.ownerId ?? source.sourceId;
  for (const { actor_type: type, actor_id: id } of actors) {
    const known =
      type === 'Integration'
        ? store.installations.by('app', id ?? 0).some((one) => one.accountId === ownerId)
        : type === 'Team'
          ? store.teams.get(id ?? 0)?.organizationId === ownerId
          : type === 'User'
            ? store.accounts.get(id ?? 0)?.type === 'User'
            : true;
    if (known) continue;
    const name =
      type === 'Integration'
        ? `${store.apps.get(id ?? 0)?.name ?? String(id)} integration`
        : `${type.toLowerCase()} ${String(id)}`;
    throw new ApiError(422, 'Validation Failed', { errors: [words.foreignActor(name)] });
  }
}
