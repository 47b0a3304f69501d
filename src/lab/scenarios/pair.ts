import {
  type Config,
  configPath,
  type EnvironmentsConfig,
  fillTemplate,
  manifestFile,
  ownersOf,
  promotedInto,
  serviceNames,
} from '../../config/config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import type { ServicesConfig } from '../../config/services.ts';
import { TrunklineError } from '../../errors.ts';
import { readPin, setPin } from '../../manifest/manifest.ts';
import type { Pin } from '../../manifest/pin.ts';
import { parseDigest } from '../../model/digest.ts';
import type { Environment } from '../../model/environment.ts';
import type { SourceRepository } from './source-repository.ts';
import { readWorkflowFacts, type WorkflowFacts } from './workflow-facts.ts';

/** A repository on the stage, and where it comes from. */
export interface Part {
  readonly source: SourceRepository;
  /** `owner/name` */
  readonly fullName: string;
  readonly branch: string;
  readonly workflows: readonly WorkflowFacts[];
  /** What its trunkline.yaml says, where it has one. */
  readonly config: Config | undefined;
}

/** An application repository and the infra repository that it is delivered through. */
export interface Pair {
  readonly app: Part;
  readonly infra: Part;
  readonly config: EnvironmentsConfig;
  /** The service that the rehearsal follows. */
  readonly service: string;
  /** Its folder in the application repository, `.` for all of it. */
  readonly servicePath: string;
  /** Slugs of the teams that own it. */
  readonly ownerTeams: readonly string[];
  readonly environments: readonly Environment[];
  /** The way a release takes: the environment that tracks a branch, and one after the other what is promoted from it. */
  readonly chain: readonly [Environment, ...Environment[]];
  manifestPath(environment: string): string;
  /** @throws MANIFEST_INVALID */
  readPin(text: string, environment: string): Pin | undefined;
  setPin(text: string, environment: string, image: Pick<Pin, 'image'>, digest: string): string;
  healthUrl(environment: string): string | undefined;
}

/**
 * Reads both repositories' configuration at HEAD. Names come from the remote `origin`, else from trunkline.yaml, else
 * they are `acme/<folder>`.
 * @throws CONFIG_INVALID
 */
export async function readPair(appSource: SourceRepository, infraSource: SourceRepository): Promise<Pair> {
  const [appConfig, infraConfig] = [await readConfig(appSource), await readConfig(infraSource)];
  const services = appConfig?.services;
  const config = infraConfig?.environments;
  if (config === undefined) {
    throw new TrunklineError(
      'CONFIG_INVALID',
      `expected ${configPath} with "kind: Environments" in ${infraSource.folder}`,
      {
        hint: 'the rehearsal must know the environments and where their pins are; examples/two-repositories/infra shows one',
      },
    );
  }
  const infraName = services?.infra ?? infraSource.origin ?? `acme/${infraSource.name}`;
  const appName = nameOfApp(appSource, config, services);
  const accepted = config.accept.find(({ repository }) => repository.toLowerCase() === appName.toLowerCase());
  const service = accepted === undefined ? undefined : [...accepted.services.keys()][0];
  if (service === undefined) {
    throw new TrunklineError('CONFIG_INVALID', `expected ${infraName} to accept a service of ${appName}, found none`, {
      location: { file: configPath },
      hint: `accept:\n  ${appName}: { services: { ${[...(services?.services.keys() ?? ['api'])][0]}: its-team } }`,
    });
  }
  const [app, infra] = await Promise.all([
    part(appSource, appName, appConfig),
    part(infraSource, infraName, infraConfig),
  ]);
  return {
    app,
    infra,
    config,
    service,
    servicePath: services?.services.get(service)?.path ?? '.',
    ownerTeams: ownersOf(config, service),
    environments: config.environments,
    chain: chainOf(config),
    manifestPath: (environment) => manifestFile(config, service, environment),
    readPin: (text, environment) =>
      readPin(config, new Map([[manifestFile(config, service, environment), text]]), service, environment),
    setPin: (text, environment, { image }, digest) =>
      setPin(config, new Map([[manifestFile(config, service, environment), text]]), service, environment, {
        digest: parseDigest(digest),
        ...(image === undefined ? {} : { image }),
      }).text,
    healthUrl: (environment) => {
      const health = config.environments.find(({ name }) => name === environment)?.deploy?.health;
      return health === undefined ? undefined : fillTemplate(config, health, service, environment);
    },
  };
}

async function readConfig(source: SourceRepository): Promise<Config | undefined> {
  const text = await source.read(configPath);
  return text === undefined ? undefined : parseConfig(configPath, text);
}

async function part(source: SourceRepository, fullName: string, config: Config | undefined): Promise<Part> {
  return { source, fullName, branch: source.branch, workflows: await readWorkflowFacts(source), config };
}

function nameOfApp(source: SourceRepository, config: EnvironmentsConfig, services: ServicesConfig | undefined): string {
  const accepted = config.accept.map(({ repository }) => repository);
  if (source.origin !== undefined && accepted.includes(source.origin)) return source.origin;
  const offered = new Set(services?.services.keys());
  const byService = config.accept.find((one) => [...one.services.keys()].some((name) => offered.has(name)));
  return byService?.repository ?? source.origin ?? accepted[0] ?? `acme/${source.name}`;
}

function chainOf(config: EnvironmentsConfig): [Environment, ...Environment[]] {
  const { environments } = config;
  const first = environments.find(({ track }) => track !== undefined) ?? environments[0];
  if (first === undefined) {
    throw new TrunklineError('CONFIG_INVALID', 'expected at least one environment, found none', {
      location: { file: configPath },
      hint: 'environments:\n  dev: { track: main, merge: auto }',
    });
  }
  const chain: [Environment, ...Environment[]] = [first];
  for (;;) {
    const next = promotedInto(config).find(
      ({ name, from }) => from === chain.at(-1)?.name && !chain.some((one) => one.name === name),
    );
    if (next === undefined) return chain;
    chain.push(next);
  }
}

/** Services other than the one followed, and environments off its way: named in the report, since they were not rehearsed. */
export function leftOut(pair: Pair): readonly string[] {
  const services = serviceNames(pair.config).filter((name) => name !== pair.service);
  const environments = pair.environments.filter(({ name }) => !pair.chain.some((one) => one.name === name));
  const owners = [pair.app, pair.infra].map(({ fullName }) => fullName.split('/')[0]?.toLowerCase());
  return [
    ...(owners[0] === owners[1]
      ? []
      : [
          `${pair.app.fullName} and ${pair.infra.fullName} have different owners: the token of an App reaches one of them only`,
        ]),
    ...(services.length === 0 ? [] : [`services not followed: ${services.join(', ')}`]),
    ...(environments.length === 0
      ? []
      : [`environments not visited: ${environments.map(({ name }) => name).join(', ')}`]),
  ];
}
