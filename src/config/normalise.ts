import type { Environment } from '../model/environment.ts';
import type { EnvironmentsConfig, ServicesConfig } from './config.ts';
import { toFreezes, toGates, toHotfixLimits } from './normalise-gates.ts';
import type { EnvironmentsDocument, ServicesDocument } from './schema.ts';

export function toServices(document: ServicesDocument): ServicesConfig {
  const services = Object.entries(document.services).map(
    ([name, { path, image, risk }]) =>
      [
        name,
        { name, path, ...(image === undefined ? {} : { image }), ...(risk === undefined ? {} : { risk }) },
      ] as const,
  );
  const risks = Object.entries(document.risks).map(
    ([name, { coverage, enforce }]) =>
      [name, { enforce, ...(coverage === undefined ? {} : { coverage: String(coverage) }) }] as const,
  );
  const { scan } = document.defaults;
  return {
    infra: document.infra,
    receive: document.receive,
    services: new Map(services),
    risks: new Map(risks),
    ...(scan === undefined ? {} : { scan }),
  };
}

export function toEnvironments(document: EnvironmentsDocument): EnvironmentsConfig {
  const common = document.deploy;
  const environments = Object.entries(document.environments).map(([name, one]): Environment => {
    const deploy = one.deploy ?? common;
    const group = one.group === undefined ? undefined : document.groups[one.group];
    return {
      name,
      ...(one.track === undefined ? {} : { track: one.track }),
      ...(one.from === undefined ? {} : { from: one.from }),
      merge: one.merge,
      ...(one.group === undefined ? {} : { group: one.group }),
      approve: one.approve ?? group?.approve ?? {},
      gates: toGates(group?.gates, one.gates),
      batch: one.batch,
      rollback: one.rollback,
      ...(deploy === undefined
        ? {}
        : {
            deploy: {
              command: deploy.command,
              timeout: deploy.timeout,
              ...(deploy.health === undefined ? {} : { health: deploy.health }),
            },
          }),
    };
  });
  return {
    accept: Object.entries(document.accept).map(([repository, { services, signer }]) => ({
      repository,
      services: new Map(Object.entries(services)),
      ...(signer === undefined ? {} : { signer }),
    })),
    manifests: { kind: 'json', file: document.manifests.json, path: document.manifests.path },
    freezes: toFreezes(document.freezes),
    hotfix: toHotfixLimits(document.hotfix),
    environments,
  };
}
