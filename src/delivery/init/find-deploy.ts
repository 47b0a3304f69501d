import type { FoundEnvironments } from './find-environments.ts';
import type { RepositoryFiles } from './repository-files.ts';

/** What brings a manifest into its cluster, told by objects of its kind in the repository. */
export interface FoundDeploy {
  readonly by: 'argocd' | 'flux';
  /** Name of the Argo CD Application or Flux Kustomization, with `{service}` and `{environment}` in it where names fit. */
  readonly name?: string;
}

const kinds = [
  { by: 'argocd', object: /^apiVersion:\s*argoproj\.io\/[^\n]*\n(?:[^\n]*\n)*?kind:\s*Application(?:Set)?\s*$/m },
  { by: 'flux', object: /^apiVersion:\s*kustomize\.toolkit\.fluxcd\.io\//m },
] as const;

export function findDeploy(
  files: RepositoryFiles,
  { environments, services }: FoundEnvironments,
): FoundDeploy | undefined {
  for (const { by, object } of kinds) {
    const texts = [...files.texts].filter(([path, text]) => /\.ya?ml$/.test(path) && object.test(text));
    if (texts.length === 0) continue;
    const names = texts.flatMap(([, text]) =>
      [...text.matchAll(/^\s{2,4}name:\s*["']?([\w.-]+)["']?\s*$/gm)].map(([, name]) => name ?? ''),
    );
    const template = services
      .flatMap((service) => environments.map((environment) => ({ service, environment })))
      .flatMap(({ service, environment }) => [
        [`${service}-${environment}`, '{service}-{environment}'],
        [`${environment}-${service}`, '{environment}-{service}'],
      ])
      .find(([name = '']) => names.includes(name))?.[1];
    return { by, ...(template === undefined ? {} : { name: template }) };
  }
  return undefined;
}
