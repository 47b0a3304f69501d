import type { Config } from '../../config/config.ts';
import type { Registry } from '../../config/registry.ts';
import type { Problem } from '../../errors.ts';
import { type AwsTrust, arnOf } from './aws-roles.ts';

/** A repository whose jobs are trusted, with what is trusted of it. */
export interface Trusting {
  readonly repository: string;
  readonly config: Config;
  readonly aws: AwsTrust;
}

/**
 * What no repository shows alone: a role has one trust policy, so that of two repositories which name it one would lose, or
 * get what is the other's; and whoever reads images must look where they are pushed.
 */
export function checkTrust(all: readonly Trusting[]): readonly Problem[] {
  return [...sharedRoles(all), ...otherRegistries(all)];
}

function sharedRoles(all: readonly Trusting[]): readonly Problem[] {
  const owners = new Map<string, string>();
  const problems = new Map<string, Problem>();
  for (const { repository, aws } of all) {
    for (const role of aws.roles) {
      const arn = arnOf(role);
      const owner = owners.get(arn) ?? repository;
      owners.set(arn, owner);
      if (owner === repository) continue;
      const name = repository.slice(repository.indexOf('/') + 1);
      const hint =
        role.use === 'deploy' ? 'name another under aws: { role: … }' : `registry: { role: ${role.name}-${name} }`;
      // The roles beside it follow its name.
      const key = `${repository} ${role.use === 'deploy' ? arn : ''}`;
      if (!problems.has(key))
        problems.set(key, {
          code: 'CONFIG_INVALID',
          message: `${repository}: expected a role of its own, found ${arn} of ${owner}: what one may push the other could replace`,
          hint,
        });
    }
  }
  return [...problems.values()];
}

function otherRegistries(all: readonly Trusting[]): readonly Problem[] {
  return all.flatMap(({ repository: infra, config: { environments } }) =>
    (environments?.accept ?? []).flatMap((accepted): readonly Problem[] => {
      const services = all.find(({ repository }) => repository === accepted.repository)?.config.services;
      if (services === undefined || accepted.verify.length === 0) return [];
      const [read, pushed] = [placeOf(accepted.registry), placeOf(services.registry)];
      if (read === pushed) return [];
      return [
        {
          code: 'CONFIG_INVALID',
          message: `${infra}: accept.${accepted.repository}.registry: expected ${pushed}, where it pushes, found ${read}`,
          hint: 'say under accept where its images are, as it says itself under registry',
        },
      ];
    }),
  );
}

/** At AWS rights are given by path. */
function placeOf({ host, path, aws }: Pick<Registry, 'host' | 'path' | 'aws'> = { host: 'ghcr.io' }): string {
  return path === undefined || aws === undefined ? host : `${host}/${path}`;
}
