import type { Commands, Registry, ServiceConfig, ServicesConfig } from './services.ts';
import type { ServicesDocument } from './services-schema.ts';
import { toChannels } from './to-channels.ts';

type ServiceDocument = ServicesDocument['services'][string];
type Defaults = ServicesDocument['defaults'];

const hosted = ['ubuntu-24.04'];

export function toServices(document: ServicesDocument): ServicesConfig {
  const { defaults, workflows, registry, runners, budget, release, security } = document;
  const services = Object.entries(document.services).map(
    ([name, said]) => [name, toService(name, said, defaults)] as const,
  );
  const risks = Object.entries(document.risks).map(
    ([name, { coverage, enforce }]) =>
      [name, { enforce, ...(coverage === undefined ? {} : { coverage: String(coverage) }) }] as const,
  );
  const containers = Object.entries(document.containers).map(
    ([name, { image, ports, env, health }]) => [name, { image, ports, env, ...given({ health }) }] as const,
  );
  return {
    infra: document.infra,
    receive: document.receive,
    branch: document.branch,
    ...given({ suffix: document.suffix }),
    ...given({ workflows, release, security, scan: defaults.scan }),
    ...(registry === undefined ? {} : { registry: toRegistry(registry) }),
    apps: given(document.apps),
    owners: document.owners,
    runners: { test: runners.test ?? hosted, publish: runners.publish ?? hosted },
    budget: given({ pullRequest: budget['pull-request'], main: budget.main }),
    defaults: toService('', { path: '.', depends: [] }, defaults),
    ...given({ prune: document.prune }),
    ...(document.notify === undefined ? {} : { notify: toChannels(document.notify) }),
    services: new Map(services),
    depends: new Map(Object.entries(document.depends)),
    risks: new Map(risks),
    containers: new Map(containers),
  };
}

function toService(name: string, said: ServiceDocument, defaults: Defaults): ServiceConfig {
  const { path, depends, image, risk, owner, targets = [] } = said;
  return {
    name,
    path,
    depends,
    ...given({ image, risk, owner }),
    targets,
    platforms: said.platforms ?? defaults.platforms ?? ['linux/amd64'],
    commands: given({ ...given(defaults.commands), ...given(said.commands) }) satisfies Commands,
    setup: given({ ...given(defaults.setup), ...given(said.setup) }),
    uses: said.uses ?? defaults.uses ?? [],
    quality: said.quality ?? defaults.quality ?? [],
    coverage: said.coverage ?? defaults.coverage ?? [],
    dockerfile: below(path, said.dockerfile ?? defaults.dockerfile ?? 'Dockerfile'),
    context: said.context ?? defaults.context ?? path,
    attest: said.attest ?? defaults.attest ?? [],
    timeout: said.timeout ?? defaults.timeout ?? 20 * 60_000,
  };
}

/** Which one it is has been checked before. */
function toRegistry({ ghcr, ecr, oci, prefix, role }: NonNullable<ServicesDocument['registry']>): Registry {
  if (ghcr !== undefined)
    return {
      kind: 'ghcr',
      host: 'ghcr.io',
      path: [ghcr.toLowerCase(), ...(prefix === undefined ? [] : [prefix])].join('/'),
    };
  const path = given({ path: prefix });
  if (ecr === undefined) return { kind: 'oci', host: oci ?? '', ...path };
  const [account = '', region = ''] = ecr.split('/');
  const aws = { account, region, role: role ?? 'trunkline-publish' };
  return { kind: 'ecr', host: `${account}.dkr.ecr.${region}.amazonaws.com`, ...path, aws };
}

function below(folder: string, file: string): string {
  return folder === '.' ? file : `${folder.replace(/\/$/, '')}/${file}`;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that say nothing. */
export function given<T extends object>(value: T | undefined): Given<T> {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, one]) => one !== undefined)) as Given<T>;
}
