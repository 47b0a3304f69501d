import type { EnvironmentsConfig } from '../../../config/config.ts';
import type { Fields } from '../render-yaml.ts';
import { pulledBy, repositoryName, repositoryUrl } from './pulled.ts';

const namespace = 'flux-system';

/** What Flux applies, by path; none where no environment is pulled by it. */
export function fluxFiles(config: EnvironmentsConfig): Readonly<Record<string, Fields>> {
  const pulled = pulledBy(config, 'flux');
  if (pulled.length === 0) return {};
  const source = repositoryName(config);
  const shortest = Math.min(...pulled.map(({ pull }) => pull.interval));
  return {
    'flux/source.yaml': {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      metadata: { name: source, namespace },
      spec: {
        interval: seconds(shortest),
        url: repositoryUrl(config),
        ref: { branch: config.branch },
        secretRef: { name: `${source}-read` },
      },
    },
    'flux/provider.yaml': {
      apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
      kind: 'Provider',
      metadata: { name: 'trunkline', namespace },
      spec: {
        // Commit statuses, by which `trunkline ci health` goes.
        type: 'github',
        address: repositoryUrl(config).replace(/\.git$/, ''),
        secretRef: { name: 'trunkline-token' },
      },
    },
    'flux/alert.yaml': {
      apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
      kind: 'Alert',
      metadata: { name: 'trunkline', namespace },
      spec: {
        providerRef: { name: 'trunkline' },
        eventSeverity: 'info',
        eventSources: pulled.map(({ name }) => ({ kind: 'Kustomization', name })),
      },
    },
    ...Object.fromEntries(
      pulled.map(({ name, path, pull, namespace: target }) => [
        `flux/${name}.yaml`,
        {
          apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
          kind: 'Kustomization',
          metadata: { name, namespace },
          spec: {
            interval: seconds(pull.interval),
            retryInterval: '1m',
            timeout: '5m',
            path: `./${path}`,
            prune: true,
            wait: true,
            sourceRef: { kind: 'GitRepository', name: source },
            targetNamespace: target,
          },
        },
      ]),
    ),
  };
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1000))}s`;
}
