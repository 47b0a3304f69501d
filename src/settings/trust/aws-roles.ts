import type { Config, EnvironmentsConfig } from '../../config/config.ts';
import { type AwsRegistry, partitionOf } from '../../config/registry.ts';
import { imageOf, releaseUnits, type ServicesConfig } from '../../config/services.ts';
import { controlEnvironment, pruneEnvironment, publishEnvironment } from '../../model/github-environments.ts';
import { publishWorkflow, workflowFolder } from '../../workflow/generate/names.ts';
import {
  deletePermissions,
  type PermissionDocument,
  pushPermissions,
  readPermissions,
  type TrustDocument,
  trustPolicy,
} from './aws-documents.ts';
import type { SubjectForm, TrustedRepository } from './subject.ts';

export interface AwsRole {
  readonly partition: string;
  readonly account: string;
  /** With its path, as in the ARN. */
  readonly name: string;
  readonly use: 'push' | 'read' | 'delete' | 'deploy';
  readonly environments: readonly string[];
  readonly trust: TrustDocument;
  /** Undefined for a deploy role: only its owner knows what the deploy command does. */
  readonly permissions?: PermissionDocument;
}

export interface EcrRepository {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export interface AwsTrust {
  readonly roles: readonly AwsRole[];
  readonly repositories: readonly EcrRepository[];
}

export function arnOf({ partition, account, name }: Pick<AwsRole, 'partition' | 'account' | 'name'>): string {
  return `arn:${partition}:iam::${account}:role/${name}`;
}

/** What has to be there at AWS for a repository's workflows: a role for each environment that needs one. */
export function awsTrust(config: Config, trusted: TrustedRepository, form: SubjectForm): AwsTrust {
  const { services, environments } = config;
  const repositories = services === undefined ? [] : ecrRepositories(services, trusted.owner.login);
  return {
    repositories,
    roles: [
      ...(services === undefined ? [] : publishingRoles(services, trusted, form, repositories)),
      ...(environments === undefined ? [] : readingRoles(environments, trusted, form)),
      ...(environments === undefined ? [] : deployRoles(environments, trusted, form)),
    ],
  };
}

function ecrRepositories(config: ServicesConfig, owner: string): readonly EcrRepository[] {
  const { registry } = config;
  if (registry?.aws === undefined) return [];
  const { account, region } = registry.aws;
  const host = `${registry.host}/`;
  return [...releaseUnits(config).values()]
    .map((unit) => imageOf(config, unit, owner))
    .filter((image) => image.startsWith(host))
    .map((image) => ({ account, region, name: image.slice(host.length) }));
}

function repositoryArn({ region, account, name }: EcrRepository): string {
  return `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${name}`;
}

interface Asked {
  readonly use: AwsRole['use'];
  readonly name: string;
  readonly environments: readonly string[];
  readonly workflows: readonly string[];
  readonly permissions: PermissionDocument;
}

/** A role in the account of a registry. */
function registryRole(
  { account, region }: Pick<AwsRegistry, 'account' | 'region'>,
  trusted: TrustedRepository,
  form: SubjectForm,
  { workflows, ...asked }: Asked,
): AwsRole {
  const partition = partitionOf(region);
  const { environments } = asked;
  return {
    partition,
    account,
    ...asked,
    trust: trustPolicy({ partition, account, trusted, form, environments, workflows }),
  };
}

function publishingRoles(
  config: ServicesConfig,
  trusted: TrustedRepository,
  form: SubjectForm,
  repositories: readonly EcrRepository[],
): readonly AwsRole[] {
  const aws = config.registry?.aws;
  if (aws === undefined) return [];
  const arns = repositories.map(repositoryArn);
  const own = `${trusted.repository}/${workflowFolder}`;
  // A workflow that several repositories share is pinned by commit: its repository decides what it does.
  const publishing =
    config.workflows === undefined
      ? [config.branch, 'hotfixes/*'].map((branch) => `${own}/${publishWorkflow}@refs/heads/${branch}`)
      : [`${config.workflows}/${workflowFolder}/${publishWorkflow}@*`];
  const role = (asked: Asked): AwsRole => registryRole(aws, trusted, form, asked);
  return [
    role({
      use: 'push',
      name: aws.role,
      environments: [publishEnvironment],
      workflows: publishing,
      permissions: pushPermissions(arns),
    }),
    ...(config.release === undefined
      ? []
      : [
          role({
            use: 'read',
            name: `${aws.role}-read`,
            environments: [publishEnvironment],
            workflows: [`${own}/release.yml@refs/tags/${config.release.tags.replaceAll('**', '*')}`],
            permissions: readPermissions(arns),
          }),
        ]),
    role({
      use: 'delete',
      name: `${aws.role}-prune`,
      environments: [pruneEnvironment],
      workflows: [`${own}/*@refs/heads/${config.branch}`],
      permissions: deletePermissions(arns),
    }),
  ];
}

/** Roles that look at signatures: they read what is accepted, and nothing else. Who may read a registry has one role there. */
function readingRoles(config: EnvironmentsConfig, trusted: TrustedRepository, form: SubjectForm): readonly AwsRole[] {
  const roles = new Map<string, { readonly aws: AwsRegistry; readonly arns: string[] }>();
  for (const { registry, services, verify } of config.accept) {
    if (registry?.aws === undefined || verify.length === 0) continue;
    const { aws, path } = registry;
    const key = `${aws.account} ${aws.role}`;
    const found = roles.get(key) ?? { aws, arns: [] };
    for (const name of services.keys())
      found.arns.push(repositoryArn({ ...aws, name: path === undefined ? name : `${path}/${name}` }));
    roles.set(key, found);
  }
  const pushed = config.environments.filter((one) => one.deploy !== undefined).map(({ name }) => name);
  const files = ['receive.yml', 'sweep.yml', 'policy.yml', ...(pushed.length === 0 ? [] : ['deploy-environment.yml'])];
  return [...roles.values()].map(({ aws, arns }) =>
    registryRole(aws, trusted, form, {
      use: 'read',
      name: aws.role,
      environments: [controlEnvironment, ...pushed],
      workflows: files.map((file) => `${trusted.repository}/${workflowFolder}/${file}@refs/heads/${config.branch}`),
      permissions: readPermissions(arns),
    }),
  );
}

function deployRoles(config: EnvironmentsConfig, trusted: TrustedRepository, form: SubjectForm): readonly AwsRole[] {
  return config.environments.flatMap(({ name: environment, aws }): readonly AwsRole[] => {
    const arn = /^arn:(aws[\w-]*):iam::(\d{12}):role\/(.+)$/.exec(aws?.role ?? '');
    if (arn === null) return [];
    const [, partition = '', account = '', name = ''] = arn;
    const environments = [environment];
    const workflows = [`${trusted.repository}/${workflowFolder}/deploy-environment.yml@refs/heads/${config.branch}`];
    const trust = trustPolicy({ partition, account, trusted, form, environments, workflows });
    return [{ partition, account, name, use: 'deploy', environments, trust }];
  });
}
