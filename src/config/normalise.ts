import type { Environment } from '../model/environment.ts';
import type { Route } from '../model/route.ts';
import type { EnvironmentsConfig, Manifests } from './config.ts';
import type { DeployDocument } from './deploy-schema.ts';
import type { EnvironmentsDocument } from './environments-schema.ts';
import { given } from './given.ts';
import { toFreezes, toGates, toHotfixLimits } from './normalise-gates.ts';
import { toRegistry } from './registry.ts';
import { toChannels } from './to-channels.ts';

export function toEnvironments(document: EnvironmentsDocument): EnvironmentsConfig {
  const common = document.deploy;
  const { checks, schedules } = document;
  const { sweep, drift, promote } = schedules;
  const environments = Object.entries(document.environments).map(([name, one]): Environment => {
    const deploy = one.deploy ?? common;
    const group = one.group === undefined ? undefined : document.groups[one.group];
    return {
      name,
      ...(one.region === undefined ? {} : { region: one.region }),
      ...(one.track === undefined ? {} : { track: one.track }),
      ...(one.from === undefined ? {} : { from: one.from }),
      merge: one.merge,
      ...(one.group === undefined ? {} : { group: one.group }),
      approve: one.approve ?? group?.approve ?? {},
      gates: toGates(group?.gates, one.gates),
      batch: one.batch,
      rollback: one.rollback,
      ...(deploy === undefined ? {} : toDeploy(deploy)),
      ...given({ aws: one.aws, reviewers: one.reviewers, wait: one.wait }),
    };
  });
  return {
    branch: document.branch,
    ...given({ repository: document.repository }),
    accept: Object.entries(document.accept).map(
      ([repository, { services, signer, verify, registry, runner, classic }]) => ({
        repository,
        services: new Map(Object.entries(services)),
        verify,
        ...given({ signer, runner }),
        ...(registry === undefined ? {} : { registry: toRegistry(registry, 'trunkline-verify') }),
        ...(classic ? { classic } : {}),
      }),
    ),
    freezes: toFreezes(document.freezes),
    hotfix: toHotfixLimits(document.hotfix),
    ...(document.notify === undefined ? {} : { notify: toChannels(document.notify) }),
    manifests: toManifests(document.manifests),
    routes: toRoutes(document),
    apps: given(document.apps),
    actions: document.actions,
    owners: document.owners,
    runners: { deploy: document.runners.deploy ?? hosted, control: document.runners.control ?? hosted },
    ...(checks === undefined ? {} : { checks: { command: checks.command, setup: checks.setup ?? {} } }),
    ...given({ parity: document.parity }),
    schedules: { sweep, drift, ...given({ promote }) },
    environments,
  };
}

const hosted = ['ubuntu-24.04'];

/** Which of the ways it is has been checked before. */
function toDeploy(said: DeployDocument): Pick<Environment, 'deploy' | 'pull'> {
  const { command, kubernetes, argocd, flux, health, smoke, timeout = 300_000, namespace = '{environment}' } = said;
  const push = { timeout, secrets: said.secrets ?? [], ...given({ health, smoke }) };
  if (command !== undefined) return { deploy: { by: 'command', command, ...push } };
  if (kubernetes !== undefined) {
    const { namespace: own } = said;
    return { deploy: { by: 'kubernetes', folder: kubernetes, ...given({ namespace: own }), ...push } };
  }
  if (argocd !== undefined) {
    const { project, cluster = 'in-cluster', reporter } = said;
    return { pull: { by: 'argocd', name: argocd, namespace, cluster, ...given({ project, reporter }) } };
  }
  const { interval = 300_000, reporter } = said;
  return { pull: { by: 'flux', name: flux ?? '', namespace, interval, ...given({ reporter }) } };
}

/** Routes of the file, then those that `track` stands for. */
export function toRoutes(document: Pick<EnvironmentsDocument, 'routes' | 'environments'>): readonly Route[] {
  const routes = document.routes.flatMap(({ branch, tag, suffix, to }): Route[] => [
    ...(branch === undefined ? [] : [{ by: 'branch', pattern: branch, to } as const]),
    ...(tag === undefined ? [] : [{ by: 'tag', pattern: tag, to } as const]),
    ...(suffix === undefined ? [] : [{ by: 'suffix', pattern: suffix, to } as const]),
  ]);
  const tracked = Object.entries(document.environments).flatMap(([to, { track }]): Route[] =>
    track === undefined ? [] : [{ by: 'branch', pattern: track, to }],
  );
  return [...routes, ...tracked];
}

/** Kustomize's file stands in the folder that is named; what is missing has been found before. */
function toManifests(document: EnvironmentsDocument['manifests']): Manifests {
  const { json, helm, kustomize, yaml, regex, path, image, pattern, document: chosen } = document;
  if (json !== undefined) return { kind: 'json', file: json, path: path ?? '' };
  if (kustomize !== undefined) {
    const file = /(?:\.ya?ml|(?:^|\/)Kustomization)$/.test(kustomize)
      ? kustomize
      : `${kustomize.replace(/\/$/, '')}/kustomization.yaml`;
    return { kind: 'kustomize', file, image: image ?? '' };
  }
  if (regex !== undefined) return { kind: 'regex', file: regex, pattern: pattern ?? '' };
  const where = path ?? (helm !== undefined && image === undefined ? 'image' : undefined);
  return {
    kind: 'yaml',
    file: helm ?? yaml ?? '',
    ...(where === undefined ? {} : { path: where }),
    ...(image === undefined ? {} : { image }),
    ...(chosen === undefined ? {} : { document: typeof chosen === 'number' ? chosen : given(chosen) }),
  };
}
