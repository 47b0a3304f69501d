import { channelNames, type NotifyChannel } from '../../../config/config.ts';
import type { Registry } from '../../../config/registry.ts';
import type { ServicesConfig } from '../../../config/services.ts';
import { placeOf } from '../login-steps.ts';
import type { OwnJob } from '../own-jobs.ts';
import type { Pins } from '../pins.ts';
import type { Fields, Value } from '../render-yaml.ts';
import { runsOn } from '../steps.ts';
import { allContainers } from './containers.ts';
import { type ServiceInputs, serviceInputs } from './service-inputs.ts';

/**
 * What the workflow for one service is made with. In the repository itself it holds what some service of it asks for, and
 * what holds for all stands there in words; shared by several, it holds everything and is told.
 */
export interface ServiceWorkflow {
  readonly pins: Pins;
  /** Whether some caller may give this input. */
  readonly has: (input: string) => boolean;
  /** What an input is where the caller says nothing. */
  readonly defaults: ServiceInputs;
  readonly shared: boolean;
  /** What registries images may go to. */
  readonly registries: readonly Registry[];
  /** Service containers of integration tests. */
  readonly containers: Value;
  readonly scan: boolean;
  /** Whether an App rings the doorbell, whose key has to be there. */
  readonly rings: boolean;
  /** Who hears what of a publish that failed. */
  readonly notify: readonly NotifyChannel[];
  readonly budget: { readonly 'pull-request'?: number; readonly main?: number };
  readonly runners: { readonly test: Value; readonly publish: Value };
  /** Jobs that somebody added to it. */
  readonly own: readonly OwnJob[];
}

const github: Registry = { kind: 'ghcr', host: 'ghcr.io' };

/** For the services of this repository. */
export function ownWorkflow(config: ServicesConfig, pins: Pins, own: readonly OwnJob[] = []): ServiceWorkflow {
  const defaults = serviceInputs(config, config.defaults);
  const all = [...config.services.values()].map((service) => serviceInputs(config, service));
  const { pullRequest, main } = config.budget;
  return {
    pins,
    // Its containers stand there in words.
    has: (input) => input !== 'containers' && all.some((one) => one[input] !== '' && one[input] !== false),
    containers: allContainers(config),
    defaults,
    shared: false,
    registries: [config.registry ?? github],
    scan: config.scan !== undefined,
    rings: config.apps.propose !== undefined,
    notify: config.notify ?? [],
    budget: {
      ...(pullRequest === undefined ? {} : { 'pull-request': pullRequest / 1000 }),
      ...(main === undefined ? {} : { main: main / 1000 }),
    },
    runners: { test: runsOn(config.runners.test), publish: runsOn(config.runners.publish) },
    own,
  };
}

/** For the services of whatever repository calls it. */
export function sharedWorkflow(pins: Pins, own: readonly OwnJob[] = []): ServiceWorkflow {
  const aws = { account: '', region: '${{ inputs.aws-region }}', role: '' };
  return {
    pins,
    has: (input) => input !== 'uses',
    containers: "${{ fromJSON(inputs.containers || '{}') }}",
    defaults: {},
    shared: true,
    registries: [
      github,
      { kind: 'ecr', host: '', aws },
      {
        kind: 'oci',
        host: '${{ inputs.registry-host }}',
        login: { username: 'REGISTRY_USERNAME', password: 'REGISTRY_PASSWORD' },
      },
    ],
    scan: true,
    rings: true,
    notify: channelNames.map((name) => ({ name })),
    budget: { 'pull-request': 0, main: 0 },
    runners: { test: '${{ fromJSON(inputs.runner-test) }}', publish: '${{ fromJSON(inputs.runner-publish) }}' },
    own,
  };
}

/** What a caller of a shared workflow says of its whole repository. */
export function repositoryInputs(config: ServicesConfig): ServiceInputs {
  const registry = config.registry ?? github;
  const { aws } = registry;
  return {
    registry: registry.kind,
    ...(registry.kind === 'oci' ? { 'registry-host': registry.host } : {}),
    ...(aws === undefined ? {} : { 'aws-role': placeOf(registry).role, 'aws-region': aws.region }),
    ...(config.scan === undefined ? {} : { scan: true }),
    ...(config.apps.propose === undefined ? {} : { rings: true }),
    ...((config.notify ?? []).length === 0 ? {} : { notify: true }),
    ...(isHosted(config.runners.test) ? {} : { 'runner-test': JSON.stringify(config.runners.test) }),
    ...(isHosted(config.runners.publish) ? {} : { 'runner-publish': JSON.stringify(config.runners.publish) }),
    ...(config.budget.pullRequest === undefined ? {} : { 'budget-pull-request': config.budget.pullRequest / 1000 }),
    ...(config.budget.main === undefined ? {} : { 'budget-main': config.budget.main / 1000 }),
  };
}

function isHosted(labels: readonly string[]): boolean {
  return labels.length === 1 && labels[0] === 'ubuntu-24.04';
}

/** The inputs of the called workflow, with what each is where the caller says nothing. */
export function inputsOf(workflow: ServiceWorkflow, names: readonly string[]): Fields {
  const { shared, defaults, has } = workflow;
  const own = names.flatMap((name): [string, Fields][] => {
    if (!has(name) && name !== 'timeout' && name !== 'platforms' && name !== 'path') return [];
    const value = shared ? fallback[name] : defaults[name];
    const said = value ?? '';
    return [[name, { type: typeof said, default: said }]];
  });
  const text = (value: string): Fields => ({ type: 'string', default: value });
  const repository: Fields = shared
    ? {
        registry: text('ghcr'),
        'registry-host': text(''),
        'aws-role': text(''),
        'aws-region': text(''),
        scan: { type: 'boolean', default: false },
        rings: { type: 'boolean', default: false },
        notify: { type: 'boolean', default: false },
        'runner-test': text('["ubuntu-24.04"]'),
        'runner-publish': text('["ubuntu-24.04"]'),
        'budget-pull-request': { type: 'number', default: 0 },
        'budget-main': { type: 'number', default: 0 },
      }
    : {};
  return {
    service: { description: 'Its name in trunkline.yaml', type: 'string', required: true },
    changed: { description: 'Whether it has to be tested and published', type: 'boolean', required: true },
    images: { description: 'What is built of it, as JSON', type: 'string', required: true },
    ...Object.fromEntries(own),
    ...repository,
  };
}

/** In a shared workflow, where there are no defaults of a file. */
const fallback: ServiceInputs = {
  path: '.',
  timeout: 20,
  platforms: 'linux/amd64',
  'quality-dockerfile': false,
  'quality-shell': false,
  'quality-yaml': false,
  signature: false,
  classic: false,
  provenance: false,
  spdx: false,
  cyclonedx: false,
  vulnerabilities: false,
};
