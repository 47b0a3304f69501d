import { basename, dirname } from 'node:path/posix';
import {
  configPath,
  type EnvironmentsConfig,
  fillTemplate,
  manifestFile,
  serviceNames,
} from '../../../config/config.ts';
import { TrunklineError } from '../../../errors.ts';
import type { Environment, Pull } from '../../../model/environment.ts';

/** A service in an environment that an agent in a cluster brings in. */
export interface Pulled<By extends Pull['by']> {
  readonly service: string;
  readonly environment: Environment;
  readonly pull: Extract<Pull, { readonly by: By }>;
  /** Of the agent's own object. */
  readonly name: string;
  readonly namespace: string;
  /** The folder that it applies. */
  readonly path: string;
  /** Of a Helm chart, the file with the values. */
  readonly values?: string;
}

export function pulledBy<By extends Pull['by']>(config: EnvironmentsConfig, by: By): readonly Pulled<By>[] {
  return config.environments.flatMap((environment) => {
    const { pull } = environment;
    if (pull?.by !== by) return [];
    return serviceNames(config).map((service): Pulled<By> => {
      const file = manifestFile(config, service, environment.name);
      const fill = (template: string): string => fillTemplate(config, template, service, environment.name);
      const chart = config.manifests.kind === 'yaml' && config.manifests.path !== undefined;
      return {
        service,
        environment,
        pull: pull as Pulled<By>['pull'],
        name: fill(pull.name),
        namespace: fill(pull.namespace),
        path: dirname(file),
        ...(chart ? { values: basename(file) } : {}),
      };
    });
  });
}

/** `https://github.com/owner/name.git` of the infra repository. @throws CONFIG_INVALID */
export function repositoryUrl(config: EnvironmentsConfig): string {
  return `https://github.com/${requireRepository(config)}.git`;
}

/** @throws CONFIG_INVALID */
export function repositoryName(config: EnvironmentsConfig): string {
  return requireRepository(config).split('/')[1] ?? '';
}

/** Who only looks at a repository knows where it is; an agent in a cluster has to be told. */
function requireRepository({ repository }: EnvironmentsConfig): string {
  if (repository !== undefined) return repository;
  throw new TrunklineError('CONFIG_INVALID', 'expected "repository" beside "argocd" and "flux", found none', {
    location: { file: configPath },
    hint: 'say where this file is: repository: acme/infra',
  });
}
