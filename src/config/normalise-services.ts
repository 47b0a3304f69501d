import { given } from './given.ts';
import { toRegistry } from './registry.ts';
import type { Commands, ServiceConfig, ServicesConfig } from './services.ts';
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
    ...(registry === undefined ? {} : { registry: toRegistry(registry, 'trunkline-publish') }),
    apps: given(document.apps),
    actions: document.actions,
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
    sources: said.sources ?? defaults.sources ?? [],
    dockerfile: below(path, said.dockerfile ?? defaults.dockerfile ?? 'Dockerfile'),
    context: said.context ?? defaults.context ?? path,
    attest: said.attest ?? defaults.attest ?? [],
    ...given({ results: said.results ?? defaults.results }),
    timeout: said.timeout ?? defaults.timeout ?? 20 * 60_000,
  };
}

function below(folder: string, file: string): string {
  return folder === '.' ? file : `${folder.replace(/\/$/, '')}/${file}`;
}
