import type { EnvironmentsConfig } from '../../../config/config.ts';
import type { Fields } from '../render-yaml.ts';
import { type Pulled, pulledBy, repositoryName, repositoryUrl } from './pulled.ts';
import { syncWindows, withoutWindow } from './sync-windows.ts';

type Application = Pulled<'argocd'>;

/** What Argo CD applies, by path; none where no environment is pulled by it. */
export function argocdFiles(config: EnvironmentsConfig): Readonly<Record<string, Fields>> {
  const applications = pulledBy(config, 'argocd');
  if (applications.length === 0) return {};
  const projects = [...new Set(applications.map((one) => projectOf(config, one)))];
  return {
    'argocd/bootstrap.yaml': bootstrap(config),
    'argocd/notifications.yaml': notifications,
    ...Object.fromEntries(
      projects.flatMap((project) => {
        const own = applications.filter((one) => projectOf(config, one) === project);
        return [
          [`argocd/${project}-applications.yaml`, applicationSet(config, project, own)],
          [`argocd/${project}-project.yaml`, appProject(config, project, own)],
        ];
      }),
    ),
  };
}

/** Applied once by hand; from then on Argo CD keeps this folder, this file included. */
function bootstrap(config: EnvironmentsConfig): Fields {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: `${repositoryName(config)}-argocd`, namespace: 'argocd' },
    spec: {
      project: 'default',
      source: { repoURL: repositoryUrl(config), targetRevision: config.branch, path: 'argocd' },
      destination: { name: 'in-cluster', namespace: 'argocd' },
      syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['PruneLast=true'] },
    },
  };
}

function projectOf(config: EnvironmentsConfig, { pull }: Application): string {
  return pull.project ?? repositoryName(config);
}

/** What the applications may come from and go to, and when they stand still. */
function appProject(config: EnvironmentsConfig, project: string, applications: readonly Application[]): Fields {
  const destinations = new Map(
    applications.map(({ pull, namespace }) => [`${pull.cluster} ${namespace}`, { name: pull.cluster, namespace }]),
  );
  const frozen = config.environments
    .filter((one) => one.gates.freeze.length > 0 && applications.some(({ environment }) => environment === one))
    .map((one) => ({
      names: applications.filter(({ environment }) => environment === one).map(({ name }) => name),
      freezes: config.freezes.filter(({ name }) => one.gates.freeze.includes(name)),
    }));
  const windows = frozen.flatMap(({ names, freezes }) => syncWindows(freezes, names));
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: project, namespace: 'argocd' },
    spec: {
      sourceRepos: [repositoryUrl(config)],
      destinations: [...destinations.values()],
      clusterResourceWhitelist: [],
      ...(windows.length === 0 ? {} : { syncWindows: windows }),
      roles: [
        {
          name: 'read-only',
          description: 'Sees every application, changes none.',
          policies: [`p, proj:${project}:read-only, applications, get, ${project}/*, allow`],
        },
      ],
    },
  };
}

/** Freezes of pulled environments that no window of Argo CD can stand for, and why. */
export function freezesWithoutWindow(config: EnvironmentsConfig): readonly string[] {
  return config.environments.flatMap(({ name, pull, gates }) =>
    pull?.by !== 'argocd'
      ? []
      : config.freezes
          .filter((freeze) => gates.freeze.includes(freeze.name))
          .flatMap((freeze) => {
            const why = withoutWindow(freeze);
            return why === undefined
              ? []
              : [`the freeze ${freeze.name} of ${name} gets no sync window: ${why}; the policy alone holds it`];
          }),
  );
}

/** One line for each service and environment; everything else they share. */
function applicationSet(config: EnvironmentsConfig, project: string, applications: readonly Application[]): Fields {
  const charts = applications.some(({ values }) => values !== undefined);
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: project, namespace: 'argocd' },
    spec: {
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [
        {
          list: {
            elements: applications.map(({ name, service, environment, path, values, namespace, pull }) => ({
              name,
              service,
              environment: environment.name,
              path,
              ...(values === undefined ? {} : { values }),
              namespace,
              cluster: pull.cluster,
            })),
          },
        },
      ],
      template: {
        metadata: {
          name: '{{ .name }}',
          labels: { 'trunkline.dev/service': '{{ .service }}', 'trunkline.dev/environment': '{{ .environment }}' },
          annotations: {
            'notifications.argoproj.io/subscribe.trunkline-health.github': '',
          },
        },
        spec: {
          project,
          source: {
            repoURL: repositoryUrl(config),
            targetRevision: config.branch,
            path: '{{ .path }}',
            ...(charts ? { helm: { valueFiles: ['{{ .values }}'] } } : {}),
          },
          destination: { name: '{{ .cluster }}', namespace: '{{ .namespace }}' },
          syncPolicy: {
            automated: { prune: true, selfHeal: true },
            syncOptions: ['PruneLast=true', 'ApplyOutOfSyncOnly=true', 'RespectIgnoreDifferences=true'],
            retry: { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '3m' } },
          },
          // Replicas belong to whoever scales.
          ignoreDifferences: [{ group: 'apps', kind: 'Deployment', jsonPointers: ['/spec/replicas'] }],
        },
      },
    },
  };
}

/** Health is pushed outward: Argo CD tells GitHub by an App of its own, and GitHub holds no key to the cluster. */
const notifications: Fields = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'argocd-notifications-cm', namespace: 'argocd' },
  data: {
    // Filled from argocd-notifications-secret.
    'service.github': `appID: $github-app-id
installationID: $github-installation-id
privateKey: $github-private-key
`,
    'template.trunkline-health': `message: "{{ .app.metadata.name }}: {{ .app.status.sync.status }}, {{ .app.status.health.status }}"
github:
  repoURLPath: "{{ .app.spec.source.repoURL }}"
  revisionPath: "{{ .app.status.sync.revision }}"
  status:
    state: '{{ $own := false }}{{ $phase := "" }}{{ with .app.status.operationState }}{{ $phase = .phase }}{{ with .syncResult }}{{ $own = eq (printf "%v" .revision) $.app.status.sync.revision }}{{ end }}{{ end }}{{ $synced := eq .app.status.sync.status "Synced" }}{{ if and $synced (eq .app.status.health.status "Healthy") }}success{{ else if and (eq .app.status.health.status "Degraded") (or $synced (and $own (eq $phase "Succeeded"))) }}failure{{ else if and $own (not $synced) (or (eq $phase "Failed") (eq $phase "Error")) }}failure{{ else }}pending{{ end }}'
    label: "argocd/{{ .app.metadata.name }}"
    targetURL: "{{ .context.argocdUrl }}/applications/{{ .app.metadata.name }}"
`,
    // Told again where it comes back to what was told before: what is told once for a key is never told for it again.
    'trigger.trunkline-health': `- when: app.status.sync.revision != nil and app.status.sync.revision != ''
  oncePer: "[app.status.sync.revision, app.status.sync.status, app.status.health.status, app.status.health.lastTransitionTime, app.status?.operationState?.phase]"
  send: [trunkline-health]
`,
  },
};
