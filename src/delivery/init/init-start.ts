import type { FoundEnvironments } from './find-environments.ts';
import type { FoundService } from './find-services.ts';
import type { InitAnswers } from './init-answers.ts';
import { optional } from './optional.ts';
import { type OrderedEnvironment, orderEnvironments } from './order-environments.ts';
import { ownerTeam } from './owner-teams.ts';
import type { RepositoryFiles } from './repository-files.ts';

/** What is to be described: found, told, or both. */
export interface InitStart {
  readonly environments: readonly OrderedEnvironment[];
  readonly services: readonly string[];
  readonly found?: FoundEnvironments;
  readonly notes: readonly string[];
}

export function startOf(
  found: FoundEnvironments | undefined,
  answers: InitAnswers,
  own: readonly FoundService[],
): InitStart {
  const told = (answers.accept ?? []).flatMap((one) => one.services);
  return {
    environments: orderEnvironments(
      answers.environments ?? found?.environments ?? [],
      found?.copies ?? new Map(),
      answers.environments !== undefined,
    ),
    services: [
      ...new Set([...(found?.services ?? []), ...told, ...(found === undefined ? own.map((one) => one.name) : [])]),
    ],
    ...optional('found', found),
    notes: found?.notes ?? [],
  };
}

/** The team that owns a service: told, or the one that CODEOWNERS names for all its manifests. */
export function teamsOf(
  files: RepositoryFiles,
  answers: InitAnswers,
  { found }: InitStart,
): (service: string) => string | undefined {
  return (service) => {
    const told = answers.teams?.get(service) ?? answers.teams?.get('*');
    if (told !== undefined || found === undefined) return told;
    const owners = new Set(
      found.places.filter((one) => one.service === service).map(({ place }) => ownerTeam(files, place.file)),
    );
    return owners.size === 1 ? [...owners][0] : undefined;
  };
}

/** The repository itself: its remote's name, or what was told of it. */
export function ownRepository({ repository, infra }: InitAnswers): string {
  return repository ?? infra ?? '';
}
