import { imageOf, type Linter, type ServiceConfig, type ServicesConfig, unitsOf } from '../../../config/services.ts';
import { containersAsJson, namesOf } from './containers.ts';

/** What the workflow for one service is told; what does not hold is '' or false. */
export type ServiceInputs = Readonly<Record<string, string | number | boolean>>;

/** What a caller says of one service, by input. */
export function serviceInputs(config: ServicesConfig, service: ServiceConfig): ServiceInputs {
  const { path, commands, setup, attest, results } = service;
  const below = (file: string): string => (path === '.' ? file : `${path}/${file}`);
  const lints = (one: Linter): boolean => service.quality.includes(one);
  return {
    path,
    timeout: Math.max(1, Math.ceil(service.timeout / 60_000)),
    node: setup.node ?? '',
    go: setup.go ?? '',
    python: setup.python ?? '',
    install: commands.install ?? '',
    lint: commands.lint ?? '',
    unit: commands.unit ?? '',
    coverage: service.risk === undefined ? '' : service.coverage.map(below).join('\n'),
    'quality-dockerfile': lints('dockerfile'),
    'quality-shell': lints('shell'),
    'quality-yaml': lints('yaml'),
    integration: commands.integration ?? '',
    uses: namesOf(config, service),
    containers: containersAsJson(config, service),
    build: commands.build ?? '',
    context: service.context === path ? '' : service.context,
    dockerfile: service.dockerfile === below('Dockerfile') ? '' : service.dockerfile,
    platforms: service.platforms.join(','),
    suffix: config.suffix ?? '',
    'image-test': commands.image ?? '',
    signature: attest.includes('signature'),
    classic: attest.includes('classic'),
    provenance: attest.includes('provenance'),
    spdx: attest.includes('spdx'),
    cyclonedx: attest.includes('cyclonedx'),
    vulnerabilities: attest.includes('vulnerabilities'),
    results: attest.includes('test-result') && results !== undefined ? below(results) : '',
  };
}

/** The images of a service, as a matrix takes them. */
export function imagesOf(config: ServicesConfig, service: ServiceConfig): string {
  const [owner = ''] = config.infra.split('/');
  return JSON.stringify(
    unitsOf(service).map((unit) => ({
      name: unit.name,
      image: imageOf(config, unit, owner),
      ...(unit.target === undefined ? {} : { target: unit.target }),
    })),
  );
}
