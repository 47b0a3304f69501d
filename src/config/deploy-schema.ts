import { z } from 'zod';
import { duration, name, objectName } from './scalars.ts';

/** One of the first four says how a release gets into an environment; what goes with each is checked apart. */
export const deploy = z.strictObject({
  command: z
    .string()
    .min(1)
    .optional()
    .describe('Push: run by a job in the infra repository, once for each service that changed.'),
  kubernetes: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Push, by kubectl: the folder that is applied with -k, such as "services/{service}/overlays/{environment}".',
    ),
  argocd: objectName
    .optional()
    .describe('Pull, by Argo CD: the name of the Application, such as "{service}-{environment}".'),
  flux: objectName
    .optional()
    .describe('Pull, by Flux: the name of the Kustomization, such as "{service}-{environment}".'),
  secrets: z
    .array(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'expected the name of a secret, such as "DEPLOY_TOKEN"'))
    .optional()
    .describe(
      'With `command` and `kubernetes`: secrets of the GitHub environment that it gets, each as a variable of its name.',
    ),
  health: z
    .string()
    .regex(/^https?:\/\//, 'expected a URL that starts with http:// or https://')
    .optional()
    .describe('With `command` and `kubernetes`: answers 200 once the release serves.'),
  smoke: z
    .boolean()
    .optional()
    .describe('With `command` and `kubernetes`: whether the checks in .trunkline/smoke.yaml have to hold as well.'),
  timeout: duration
    .optional()
    .describe(
      'With `command` and `kubernetes`: how long a service may take to become healthy, and before it the command or kubectl, which have a minute at least; 5m unless said.',
    ),
  project: name.optional().describe('With `argocd`: the AppProject; the name of the infra repository unless said.'),
  namespace: objectName
    .optional()
    .describe(
      'With `kubernetes` and in pull mode: where it runs; "{environment}" in pull mode, what the manifests say with `kubernetes`, unless said.',
    ),
  cluster: name
    .optional()
    .describe('With `argocd`: the name of the cluster as Argo CD knows it; in-cluster unless said.'),
  reporter: z
    .string()
    .regex(/^[A-Za-z0-9-]+(?:\[bot\])?$/, 'expected a login as GitHub shows it, such as "argocd-notifications[bot]"')
    .optional()
    .describe(
      'With `argocd` and `flux`: the login under which the agent tells GitHub how a release is, such as "argocd-notifications[bot]". What anybody else says counts for nothing; without it, whoever can write commit statuses is believed.',
    ),
  interval: duration.optional().describe('With `flux`: how often it looks; 5m unless said.'),
});
export type DeployDocument = z.infer<typeof deploy>;

export const aws = z.strictObject({
  role: z
    .string()
    .regex(
      /^arn:aws[\w-]*:iam::[0-9]{12}:role\/[\w+=,.@/-]+$/,
      'expected the ARN of a role, such as "arn:aws:iam::123456789012:role/deploy"',
    )
    .describe('The role that the deploy job assumes by OIDC.'),
  region: z
    .string()
    .regex(/^[a-z]{2}(?:-[a-z]+)+-[0-9]$/, 'expected a region, such as "eu-west-1"')
    .describe('Where.'),
});
