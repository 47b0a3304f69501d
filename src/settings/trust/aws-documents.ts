import { type SubjectForm, subjectsOf, type TrustedRepository } from './subject.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
}

/** Who may assume a role, as IAM takes it. */
export interface TrustDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly (Statement & {
    readonly Principal: { readonly Federated: string };
    readonly Condition: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  })[];
}

/** What a role may do. */
export interface PermissionDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly (Statement & { readonly Resource: string | readonly string[] })[];
}

const issuer = 'token.actions.githubusercontent.com';

/** Who may assume a role: jobs of one repository, in the environments and of the workflow files that are named. */
export function trustPolicy(options: {
  readonly partition: string;
  readonly account: string;
  readonly trusted: TrustedRepository;
  readonly form: SubjectForm;
  readonly environments: readonly string[];
  /** `owner/name/.github/workflows/file.yml@ref`, where `*` stands for anything. */
  readonly workflows: readonly string[];
}): TrustDocument {
  const { partition, account, trusted, form, environments, workflows } = options;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'GitHubActions',
        Effect: 'Allow',
        Principal: { Federated: `arn:${partition}:iam::${account}:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${issuer}:aud`]: 'sts.amazonaws.com',
            [`${issuer}:sub`]: environments.flatMap((environment) => subjectsOf(trusted, environment, form)),
            // A name can be taken over by somebody else, its number cannot.
            [`${issuer}:repository_id`]: String(trusted.id),
            [`${issuer}:environment`]: environments,
          },
          StringLike: { [`${issuer}:job_workflow_ref`]: workflows },
        },
      },
    ],
  };
}

/** Logging in, which has no resource, and what is named on these repositories alone. */
function ecrPolicy(name: string, arns: readonly string[], actions: readonly string[]): PermissionDocument {
  return {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Login', Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
      { Sid: name, Effect: 'Allow', Action: actions, Resource: arns },
    ],
  };
}

const pull = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'];
const look = ['ecr:DescribeImages', 'ecr:DescribeRepositories'];

/** To look at what was pushed, and at what hangs on it; referrers are listed by the right to get images. */
export function readPermissions(arns: readonly string[]): PermissionDocument {
  return ecrPolicy('Read', arns, pull);
}

/** To publish: no deletion, no change of the repository's own settings, no making of repositories. */
export function pushPermissions(arns: readonly string[]): PermissionDocument {
  const upload = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'];
  return ecrPolicy('Push', arns, [...pull, ...look, ...upload]);
}

/** To clean up: what may delete may not push. */
export function deletePermissions(arns: readonly string[]): PermissionDocument {
  return ecrPolicy('Delete', arns, [...pull, ...look, 'ecr:ListImages', 'ecr:BatchDeleteImage']);
}
