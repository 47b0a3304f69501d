import { type Environment, fillNames } from '../model/environment.ts';
import type { Freeze } from '../model/freeze.ts';
import type { HotfixLimits } from '../model/hotfix-limits.ts';
import type { Route } from '../model/route.ts';
import type { verifiable } from './common-schema.ts';
import type { notifyKinds } from './notify-schema.ts';
import type { Registry } from './registry.ts';
import type { ServicesConfig } from './services.ts';

/** What trunkline.yaml says; a monorepo has both kinds in one file. */
export interface Config {
  readonly services?: ServicesConfig;
  readonly environments?: EnvironmentsConfig;
}

/** `kind: Environments`: what the infra repository decides. */
export interface EnvironmentsConfig {
  /** The default branch. */
  readonly branch: string;
  readonly accept: readonly Accepted[];
  readonly manifests: Manifests;
  readonly freezes: readonly Freeze[];
  readonly hotfix: HotfixLimits;
  /** What leads to the environments that are not fed by another one; those of `track` among them. */
  readonly routes: readonly Route[];
  /** In the order of the file. */
  readonly environments: readonly Environment[];
  /** Who hears what; undefined where every channel with a secret hears everything. */
  readonly notify?: readonly NotifyChannel[];
  /** Slugs of GitHub Apps. */
  readonly apps: {
    readonly delivery?: string;
    readonly rollback?: string;
    readonly propose?: string;
    readonly settings?: string;
  };
  /** `owner/name` of the infra repository itself; there where an agent pulls. */
  readonly repository?: string;
  /** Published actions → the repositories that they are taken from instead. */
  readonly actions: Readonly<Record<string, string>>;
  /** Slugs of teams that answer for workflows and trunkline.yaml; empty where nothing is said. */
  readonly owners: readonly string[];
  /** Labels that jobs ask for. */
  readonly runners: { readonly deploy: readonly string[]; readonly control: readonly string[] };
  /** The repository's own tests. */
  readonly checks?: { readonly command: string; readonly setup: { readonly node?: string } };
  /** How what an environment gets is rendered, and which fields may differ from one to the next. */
  readonly parity?: { readonly render: string; readonly allow: readonly string[] };
  /** Five fields each, in UTC; without `promote`, promotions are asked for by people alone. */
  readonly schedules: { readonly sweep: string; readonly drift: string; readonly promote?: string };
}

/** A repository that may propose releases of some services. */
export interface Accepted {
  /** `owner/name` */
  readonly repository: string;
  /** Service → slug of the team that owns it. */
  readonly services: ReadonlyMap<string, string>;
  /** Path of the workflow that publishes. */
  readonly signer?: string;
  /** Statements that must hang on each release, signed by the signer: provenance, signature, spdx … */
  readonly verify: readonly Verifiable[];
  /** Where its images are; undefined: ghcr.io. */
  readonly registry?: Registry;
  /** What the signer must have run on, as GitHub's tokens call it; undefined: whatever there is. */
  readonly runner?: 'github-hosted' | 'self-hosted';
  /** Whether a signature as cosign kept it before version 3 counts too. */
  readonly classic?: boolean;
}

export interface NotifyChannel {
  readonly name: 'slack' | 'discord' | 'pagerduty' | 'webhook';
  readonly when?: readonly NotifyKind[];
  /** Slack's. */
  readonly channel?: string;
  /** Slugs of teams that have a secret of their own. */
  readonly teams?: readonly string[];
}

/** Variables that hold the channels' secrets, in the environment of the step; the first one says where to. */
const secretsOfChannels = {
  slack: ['SLACK_WEBHOOK_URL'],
  discord: ['DISCORD_WEBHOOK_URL'],
  pagerduty: ['PAGERDUTY_ROUTING_KEY'],
  webhook: ['NOTIFY_WEBHOOK_URL', 'NOTIFY_WEBHOOK_SECRET'],
} as const;

export const channelNames = Object.keys(secretsOfChannels) as readonly NotifyChannel['name'][];

/** Before a name: the secret of the team that owns the one service that a job is about, in a workflow that knows no team. */
export const teamSecretPrefix = 'TEAM_';

/** Names of what a channel needs, for everybody or for one team: `SLACK_WEBHOOK_URL_ORDERS_TEAM`. */
export function secretsOfChannel(name: NotifyChannel['name'], team?: string): readonly string[] {
  const ending = team === undefined ? '' : `_${team.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
  return secretsOfChannels[name].map((one) => `${one}${ending}`);
}

export type NotifyKind = (typeof notifyKinds)[number];

export type Verifiable = (typeof verifiable)[number];

/** Where pins are: names are filled in in every text (`fillNames`). */
export type Manifests =
  /** `path`: keys, outermost first, joined by dots. */
  | { readonly kind: 'json'; readonly file: string; readonly path: string }
  /** By keys, or wherever the image of that name stands. Helm values are YAML whose `path` is `image`, unless it says other. */
  | {
      readonly kind: 'yaml';
      readonly file: string;
      readonly path?: string;
      readonly image?: string;
      readonly document?: DocumentChoice;
    }
  /** The entry of `images:` that has this name. */
  | { readonly kind: 'kustomize'; readonly file: string; readonly image: string }
  /** Named groups say what is pinned: `pin`, or `digest` with `image` and `tag` where they stand apart. */
  | { readonly kind: 'regex'; readonly file: string; readonly pattern: string };

/** Which document of a file of several: by its place among them, from 0, or by what it is. */
export type DocumentChoice = number | { readonly kind?: string; readonly name?: string };

/** Where trunkline.yaml is in a repository. */
export const configPath = 'trunkline.yaml';
export const holdsPath = '.trunkline/holds.yaml';
export const hotfixesPath = '.trunkline/hotfixes.yaml';
/** Findings that somebody answers for, in an application repository. */
export const waiversPath = '.trunkline/waivers.yaml';
/** What a deployed service must answer. */
export const smokePath = '.trunkline/smoke.yaml';
/** Authorities that signatures are checked against, refreshed by pull request. */
export const trustedRootsPath = '.trunkline/trusted_root.jsonl';

/** Every service that the infra repository accepts, in the order of the file. */
export function serviceNames(config: EnvironmentsConfig): readonly string[] {
  return [...new Set(config.accept.flatMap((one) => [...one.services.keys()]))];
}

/** Slugs of the teams that own a service. */
export function ownersOf(config: EnvironmentsConfig, service: string): readonly string[] {
  return [...new Set(config.accept.flatMap((one) => one.services.get(service) ?? []))];
}

/** Environments that take what the one before has. What a route leads to takes releases of its own, also where they run there first. */
export function promotedInto({ environments, routes }: EnvironmentsConfig): readonly Environment[] {
  return environments.filter(({ name, from }) => from !== undefined && !routes.some(({ to }) => to === name));
}

export function manifestFile(config: EnvironmentsConfig, service: string, environment: string): string {
  return fillTemplate(config, config.manifests.file, service, environment);
}

/** A template with the names of a service and an environment in it; `change` makes them fit for where they go. */
export function fillTemplate(
  config: Pick<EnvironmentsConfig, 'environments'>,
  template: string,
  service: string,
  environment: string,
  change?: (name: string) => string,
): string {
  const known = config.environments.find((one) => one.name === environment);
  return fillNames(template, service, known ?? { name: environment }, change);
}

/** Calendar files that freezes name, each once. */
export function calendarFiles(config: EnvironmentsConfig): readonly string[] {
  return [...new Set(config.freezes.flatMap(({ when }) => (when.kind === 'calendar' ? [when.file] : [])))];
}

/** Every manifest of the repository, once. */
export function manifestFiles(config: EnvironmentsConfig): readonly string[] {
  const files = config.environments.flatMap((environment) =>
    serviceNames(config).map((service) => manifestFile(config, service, environment.name)),
  );
  return [...new Set(files)];
}
