/** A policy as IAM takes it. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

const issuer = 'token.actions.githubusercontent.com';

/** Who may assume a role: jobs of one repository, in one environment, running one workflow file of branches that are named. */
export function trustPolicy(options: {
  readonly partition: string;
  readonly account: string;
  readonly subjects: readonly string[];
  readonly repositoryId: number;
  readonly environment: string;
  /** `owner/name/.github/workflows/file.yml@ref`, where `*` stands for anything. */
  readonly workflows: readonly string[];
}): PolicyDocument {
  const { partition, account, subjects, repositoryId, environment, workflows } = options;
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
            [`${issuer}:sub`]: subjects,
            // A name can be taken over by somebody else, its number cannot.
            [`${issuer}:repository_id`]: String(repositoryId),
            [`${issuer}:environment`]: environment,
          },
          StringLike: { [`${issuer}:job_workflow_ref`]: workflows },
        },
      },
    ],
  };
}

/** Logging in, which has no resource, and what is named on these repositories alone. */
function ecrPolicy(name: string, arns: readonly string[], actions: readonly string[]): PolicyDocument {
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

/** To publish: no deletion, no change of the repository's own settings, no making of repositories. */
export function pushPermissions(arns: readonly string[]): PolicyDocument {
  const upload = ['ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage'];
  return ecrPolicy('Push', arns, [...pull, ...look, ...upload]);
}

/** To clean up: what may delete may not push. */
export function deletePermissions(arns: readonly string[]): PolicyDocument {
  return ecrPolicy('Delete', arns, [...pull, ...look, 'ecr:ListImages', 'ecr:BatchDeleteImage']);
}
