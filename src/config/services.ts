import type { attestable } from './common-schema.ts';
import type { NotifyChannel } from './config.ts';
import type { Registry } from './registry.ts';

/** `kind: Services`: what an application repository publishes, and where it is proposed. */
export interface ServicesConfig {
  /** `owner/name` of the infra repository. */
  readonly infra: string;
  /** File name of the infra repository's workflow that runs `trunkline ci receive`. */
  readonly receive: string;
  /** The branch whose merges are published. */
  readonly branch: string;
  /** How tags of what the branch publishes end: `-dev`. */
  readonly suffix?: string;
  /** `owner/name` of a repository with the reusable workflows, where it is another one. */
  readonly workflows?: string;
  /** Undefined: ghcr.io under the owner of the repository. */
  readonly registry?: Registry;
  /** Slugs of GitHub Apps. */
  readonly apps: { readonly propose?: string; readonly delivery?: string };
  /** Published actions → the repositories that they are taken from instead. */
  readonly actions: Readonly<Record<string, string>>;
  /** Slugs of teams that answer for workflows, trunkline.yaml and whatever no service owns. */
  readonly owners: readonly string[];
  /** Labels that jobs ask for. */
  readonly runners: { readonly test: readonly string[]; readonly publish: readonly string[] };
  /** How long a run should take, in milliseconds. */
  readonly budget: { readonly pullRequest?: number; readonly main?: number };
  /** What a service gets that says nothing. */
  readonly defaults: ServiceConfig;
  readonly services: ReadonlyMap<string, ServiceConfig>;
  /** Path → paths that it depends on, for which services a change reaches. */
  readonly depends: ReadonlyMap<string, readonly string[]>;
  readonly risks: ReadonlyMap<string, Risk>;
  /** Which findings of scanners stop; undefined where nothing is scanned. */
  readonly scan?: ScanDefaults;
  readonly containers: ReadonlyMap<string, ContainerConfig>;
  /** Tags that make a GitHub Release. */
  readonly release?: { readonly tags: string };
  readonly security?: SecurityConfig;
  readonly prune?: PruneConfig;
  /** Who hears of a publish that failed; undefined: nobody is told. */
  readonly notify?: readonly NotifyChannel[];
}

/** How the registry is cleaned. */
export interface PruneConfig {
  /** Five fields, in UTC. */
  readonly schedule: string;
  /** So many tagged images stay, whatever their age. */
  readonly newest: number;
  /** Nothing younger goes, in milliseconds. */
  readonly age: number;
}

/** How much has to be tested of what a fault would cost. */
export interface Risk {
  /** Least share in percent that tests must reach, as it was written: `79.95`. */
  readonly coverage?: string;
  /** `main`: on pull requests it is only said. */
  readonly enforce: 'main' | 'always';
}

export interface ScanDefaults {
  /** The weakest severity that stops. */
  readonly fail: 'low' | 'medium' | 'high' | 'critical';
  /** What cannot be mended yet. */
  readonly unfixed: 'ignore' | 'fail';
  /** What has no severity. */
  readonly unknown: 'ignore' | 'fail';
}

export interface ServiceConfig {
  readonly name: string;
  /** Folder in the repository, `.` for all of it. */
  readonly path: string;
  /** Further folders and files whose change is a change of the service. */
  readonly depends: readonly string[];
  /** The image without tag or digest, where the registry and the name do not say it. */
  readonly image?: string;
  /** One of the names under `risks`. */
  readonly risk?: string;
  /** Slug of the team that reviews its changes. */
  readonly owner?: string;
  /** Stages that are images of their own; empty for one image of the last stage. */
  readonly targets: readonly string[];
  readonly platforms: readonly Platform[];
  readonly commands: Commands;
  readonly setup: { readonly node?: string; readonly go?: string; readonly python?: string };
  /** Images, or names of containers. */
  readonly uses: readonly string[];
  readonly quality: readonly Linter[];
  /** Reports of the unit tests, below the folder. */
  readonly coverage: readonly string[];
  /** Folders below that whose lines count; empty for all that is reported. */
  readonly sources: readonly string[];
  /** From the root of the repository, as `context` is. */
  readonly dockerfile: string;
  readonly context: string;
  readonly attest: readonly Attestable[];
  /** JUnit's XML that the unit tests write, below the folder. */
  readonly results?: string;
  /** In milliseconds. */
  readonly timeout: number;
}

export type Platform = 'linux/amd64' | 'linux/arm64';
export type Linter = 'dockerfile' | 'shell' | 'yaml';
export type Attestable = (typeof attestable)[number];

export interface Commands {
  readonly install?: string;
  readonly lint?: string;
  readonly unit?: string;
  readonly integration?: string;
  readonly build?: string;
  readonly image?: string;
}

export interface ContainerConfig {
  readonly image: string;
  readonly ports: readonly number[];
  readonly env: Readonly<Record<string, string>>;
  readonly health?: string;
}

export interface SecurityConfig {
  /** Five fields. */
  readonly schedule: string;
  readonly scans: readonly SecurityScan[];
  /** Whether secrets are looked for in every commit. */
  readonly history: boolean;
}

export type SecurityScan = 'secrets' | 'vulnerabilities' | 'iac';

/** What is released under a name of its own: a service, or one of its targets. */
export interface ReleaseUnit {
  readonly name: string;
  readonly service: ServiceConfig;
  readonly target?: string;
}

export function unitsOf(service: ServiceConfig): readonly ReleaseUnit[] {
  if (service.targets.length === 0) return [{ name: service.name, service }];
  return service.targets.map((target) => ({ name: `${service.name}-${target}`, service, target }));
}

/** Everything that is released from here, by name. */
export function releaseUnits(config: Pick<ServicesConfig, 'services'>): ReadonlyMap<string, ReleaseUnit> {
  return new Map([...config.services.values()].flatMap(unitsOf).map((unit) => [unit.name, unit]));
}

/** A unit's image without tag or digest; `owner` is the repository's. */
export function imageOf(config: Pick<ServicesConfig, 'registry'>, unit: ReleaseUnit, owner: string): string {
  const { service, target } = unit;
  if (service.image !== undefined) return target === undefined ? service.image : `${service.image}-${target}`;
  const { host, path } = config.registry ?? { host: 'ghcr.io', path: owner.toLowerCase() };
  return [host, path, unit.name].filter((part) => part !== undefined).join('/');
}
