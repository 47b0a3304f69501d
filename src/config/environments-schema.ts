import { z } from 'zod';
import { actions, cron, label, verifiable } from './common-schema.ts';
import { aws, deploy } from './deploy-schema.ts';
import { approve, freeze, gates, group, hotfix } from './gates-schema.ts';
import { notify } from './notify-schema.ts';
import { readRegistry } from './registry-schema.ts';
import { duration, file, name, pattern, repository, team, version, workflow } from './scalars.ts';

const accepted = z.strictObject({
  services: z.record(name, team).describe('Service → slug of the team that owns it.'),
  signer: workflow.optional().describe('The workflow that publishes.'),
  verify: z
    .array(z.enum(verifiable))
    .default([])
    .describe('Statements that must hang on each release, signed by the signer.'),
  registry: readRegistry
    .optional()
    .describe('With `verify`: where its images are, and how jobs here log in; ghcr.io unless said.'),
  runner: z
    .enum(['github-hosted', 'self-hosted'])
    .optional()
    .describe('Whose machine the signer must have run on; any unless said.'),
  classic: z
    .boolean()
    .default(false)
    .describe('Whether a signature as cosign kept it before version 3 counts too, where no newer one does.'),
});

const environment = z.strictObject({
  region: name.optional().describe('Where it runs, for texts with `{region}`, such as paths of manifests.'),
  track: pattern.optional().describe('The branch whose releases arrive here.'),
  from: name.optional().describe('The environment whose releases may be promoted here.'),
  merge: z
    .enum(['auto', 'manual'])
    .default('manual')
    .describe('Whether pull requests merge by themselves once their checks pass.'),
  group: name
    .optional()
    .describe('One of the names under `groups`; stands for `{group}`, where its own name does otherwise.'),
  approve: approve
    .optional()
    .describe('Team → approvals wanted of it; `owner` stands for the team that owns the service.'),
  gates: gates.optional().describe('What must hold before a promotion.'),
  batch: z.enum(['when-busy', 'off']).default('off').describe('Whether bumps may share a pull request under load.'),
  rollback: z
    .enum(['propose', 'automatic', 'off'])
    .default('propose')
    .describe('What follows a failed deploy: a pull request, one that merges at once by an exempt App, or nothing.'),
  deploy: deploy.optional().describe('Instead of the `deploy` of the whole file.'),
  aws: aws.optional().describe('What the deploy job assumes at AWS.'),
  reviewers: z
    .array(team)
    .min(1)
    .max(6)
    .optional()
    .describe('Teams, one of whose members has to let each deploy job go: reviewers of the GitHub environment.'),
  wait: duration.optional().describe("The GitHub environment's wait timer; whole minutes, 30 days at most."),
});

/** One of the first five says the kind of the manifests and where they are; which of the others go with it is checked apart. */
const manifests = z.strictObject({
  json: file.optional().describe('JSON files.'),
  helm: file.optional().describe('Values files of Helm charts.'),
  kustomize: file.optional().describe('Folders with a kustomization.yaml.'),
  yaml: file.optional().describe('Any YAML files.'),
  regex: file.optional().describe('Any text files.'),
  path: z.string().min(1).optional().describe('Keys, outermost first, joined by dots.'),
  image: z.string().min(1).optional().describe('The image by its name, wherever it stands.'),
  pattern: z
    .string()
    .min(1)
    .optional()
    .describe('With `regex`: an expression with a group named pin, or digest, tag and image.'),
  document: z
    .union(
      [
        z.int().min(0),
        z.strictObject({
          kind: z.string().min(1).optional().describe('Its `kind`.'),
          name: z.string().min(1).optional().describe('Its `metadata.name`.'),
        }),
      ],
      {
        error: 'expected the number of a document, from 0, or its kind and name, such as { kind: Deployment }',
      },
    )
    .optional()
    .describe('Which document of a file of several.'),
});

const route = z.strictObject({
  branch: pattern.optional().describe('Releases of these branches.'),
  tag: pattern.optional().describe('Releases of these tags.'),
  suffix: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'expected how an image tag ends, such as "-stable"')
    .optional()
    .describe('Releases whose image has a tag that ends so.'),
  to: name.describe('The environment they go to.'),
});

export const environmentsDocument = z.strictObject({
  kind: z.literal('Environments'),
  repository: repository
    .optional()
    .describe('This repository, which agents in pull mode have to find; needed to generate for `argocd` and `flux`.'),
  branch: pattern.default('main').describe('The default branch, which is deployed.'),
  accept: z
    .record(repository, accepted)
    .describe('Who may ship what: repository → services, owners and the workflow that signs.'),
  manifests: manifests.describe(
    'Where releases are pinned; `{service}`, `{environment}`, `{region}` and `{group}` are replaced in every text.',
  ),
  deploy: deploy.optional().describe('How a release gets into an environment.'),
  freezes: z.record(name, freeze).default({}).describe('When nothing goes, by name.'),
  groups: z.record(name, group).default({}).describe('Environments that share approvals and gates, by name.'),
  hotfix: hotfix.optional().describe('What hotfixes may skip, and owe.'),
  routes: z.array(route).default([]).describe('Which ref or image tag leads to which environment.'),
  notify: notify.optional().describe('Who hears what; every channel with a secret hears everything unless said.'),
  apps: z
    .strictObject({
      delivery: label.optional().describe('Slug of the GitHub App that delivers.'),
      rollback: label.optional().describe('Slug of the one that merges automatic rollbacks.'),
      propose: label.optional().describe('Slug of the one that application repositories ring with.'),
      settings: label.optional().describe('Slug of the one that reads settings, for the comparison on a schedule.'),
    })
    .default({})
    .describe('GitHub Apps, by slug.'),
  actions,
  owners: z
    .array(team)
    .default([])
    .describe(
      'Teams that answer for workflows and this file, in CODEOWNERS; those that approve for every service unless said.',
    ),
  runners: z
    .strictObject({
      deploy: z.array(label).min(1).optional().describe('Labels for jobs that deploy.'),
      control: z.array(label).min(1).optional().describe('Labels for all other jobs.'),
    })
    .default({})
    .describe('Labels that `runs-on` asks for; ubuntu-24.04 unless said.'),
  checks: z
    .strictObject({
      command: z.string().min(1).describe('Run on every pull request, by bash in the root of the repository.'),
      setup: z
        .strictObject({ node: version.describe('Version of Node.js, such as "22".') })
        .optional()
        .describe('Tool chain that it needs.'),
    })
    .optional()
    .describe("The repository's own tests."),
  parity: z
    .strictObject({
      render: z
        .string()
        .min(1)
        .describe(
          'Prints what $SERVICE gets in $ENVIRONMENT, by bash in the root of the repository, such as kubectl kustomize.',
        ),
      allow: z
        .array(z.string().min(1))
        .default([])
        .describe(
          'Fields that may differ beside image, replicas and namespace, such as data.LOG_LEVEL; `*` is one key, `**` any.',
        ),
    })
    .optional()
    .describe('Whether each environment gets what the one before it gets; checked on pull requests.'),
  schedules: z
    .strictObject({
      sweep: cron
        .default('7,22,37,52 * * * *')
        .describe('When what was lost is delivered and what time has changed is judged.'),
      drift: cron
        .default('23 3 * * *')
        .describe('When settings and generated files are compared with what is said here.'),
      promote: cron.optional().describe('When everything that is due is promoted; by button alone unless said.'),
    })
    .prefault({})
    .describe('When, in UTC.'),
  environments: z.record(name, environment).describe('Places where releases run, by name.'),
});

export type EnvironmentsDocument = z.infer<typeof environmentsDocument>;
