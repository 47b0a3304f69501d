import type { Config, EnvironmentsConfig } from '../../config/config.ts';
import { imageOf, releaseUnits, type ServicesConfig } from '../../config/services.ts';
import { pruneEnvironment, publishEnvironment } from '../../model/github-environments.ts';
import { publishWorkflow, workflowFolder } from '../../workflow/generate/names.ts';
import { deletePermissions, type PolicyDocument, pushPermissions, trustPolicy } from './aws-documents.ts';
import { type SubjectForm, subjectsOf, type TrustedRepository } from './subject.ts';

export interface AwsRole {
  readonly account: string;
  /** With its path, as in the ARN. */
  readonly name: string;
  readonly use: 'push' | 'delete' | 'deploy';
  readonly environment: string;
  readonly trust: PolicyDocument;
  /** Undefined for a deploy role: only its owner knows what the deploy command does. */
  readonly permissions?: PolicyDocument;
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

/** What has to be there at AWS for a repository's workflows: a role for each environment that needs one. */
export function awsTrust(config: Config, trusted: TrustedRepository, form: SubjectForm): AwsTrust {
  const { services, environments } = config;
  const repositories = services === undefined ? [] : ecrRepositories(services, trusted.owner.login);
  return {
    repositories,
    roles: [
      ...(services === undefined ? [] : publishingRoles(services, trusted, form, repositories)),
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

function publishingRoles(
  config: ServicesConfig,
  trusted: TrustedRepository,
  form: SubjectForm,
  repositories: readonly EcrRepository[],
): readonly AwsRole[] {
  const aws = config.registry?.aws;
  if (aws === undefined) return [];
  const arns = repositories.map((one) => `arn:aws:ecr:${one.region}:${one.account}:repository/${one.name}`);
  const own = `${trusted.repository}/${workflowFolder}`;
  // A workflow that several repositories share is pinned by commit: its repository decides what it does.
  const publishing =
    config.workflows === undefined
      ? [config.branch, 'hotfixes/*'].map((branch) => `${own}/${publishWorkflow}@refs/heads/${branch}`)
      : [`${config.workflows}/${workflowFolder}/${publishWorkflow}@*`];
  const role = (
    use: 'push' | 'delete',
    name: string,
    environment: string,
    workflows: readonly string[],
    permissions: PolicyDocument,
  ): AwsRole => ({
    account: aws.account,
    name,
    use,
    environment,
    permissions,
    trust: trustPolicy({
      partition: 'aws',
      account: aws.account,
      subjects: subjectsOf(trusted, environment, form),
      repositoryId: trusted.id,
      environment,
      workflows,
    }),
  });
  return [
    role('push', aws.role, publishEnvironment, publishing, pushPermissions(arns)),
    role(
      'delete',
      `${aws.role}-prune`,
      pruneEnvironment,
      [`${own}/*@refs/heads/${config.branch}`],
      deletePermissions(arns),
    ),
  ];
}

function deployRoles(config: EnvironmentsConfig, trusted: TrustedRepository, form: SubjectForm): readonly AwsRole[] {
  return config.environments.flatMap(({ name: environment, aws }): readonly AwsRole[] => {
    const arn = /^arn:(aws[\w-]*):iam::(\d{12}):role\/(.+)$/.exec(aws?.role ?? '');
    if (arn === null) return [];
    const [, partition = '', account = '', name = ''] = arn;
    const trust = trustPolicy({
      partition,
      account,
      subjects: subjectsOf(trusted, environment, form),
      repositoryId: trusted.id,
      environment,
      workflows: [`${trusted.repository}/${workflowFolder}/deploy-environment.yml@refs/heads/${config.branch}`],
    });
    return [{ account, name, use: 'deploy', environment, trust }];
  });
}
