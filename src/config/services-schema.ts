import { z } from 'zod';
import { actions, attestable, cron, label } from './common-schema.ts';
import { notify } from './notify-schema.ts';
import { registry } from './registry-schema.ts';
import { risk, scan } from './risk-schema.ts';
import { containerImage, duration, file, image, name, pattern, repository, team, version } from './scalars.ts';

const command = z.string().min(1);

/** What a service's jobs run, in its folder; a step that has no command is left out. */
const commands = z.strictObject({
  install: command.optional().describe('Brings what the others need, such as `npm ci`.'),
  lint: command.optional().describe('Style and types.'),
  unit: command.optional().describe('Tests that need nothing but the code.'),
  integration: command.optional().describe('Tests that need the services under `uses`.'),
  build: command.optional().describe('Runs before the image is built, such as what writes a version into it.'),
  image: command
    .optional()
    .describe('Tests the built image, which `IMAGE` names by digest, before its release is recorded.'),
});

const setup = z.strictObject({
  node: version.optional().describe('Version of Node.js, such as "22".'),
  go: version.optional().describe('Version of Go, such as "1.25".'),
  python: version.optional().describe('Version of Python, such as "3.13".'),
});

const platform = z.enum(['linux/amd64', 'linux/arm64'], { error: 'expected "linux/amd64" or "linux/arm64"' });

/** What defaults and a service may both say; a service's word goes first, key by key in `commands` and `setup`. */
const work = {
  platforms: z.array(platform).min(1).optional().describe('What images are built for; linux/amd64 unless said.'),
  commands: commands.optional().describe('What the jobs run, each by bash in the folder of the service.'),
  setup: setup.optional().describe('Tool chains that the jobs get.'),
  uses: z
    .array(containerImage)
    .optional()
    .describe(
      'Service containers beside the integration tests: an image such as `postgres:16`, or a name of `containers`.',
    ),
  quality: z
    .array(z.enum(['dockerfile', 'shell', 'yaml']))
    .optional()
    .describe('Linters that look at the folder: hadolint, shellcheck, yamllint.'),
  coverage: z
    .array(file)
    .optional()
    .describe('Reports that the unit tests write, below the folder of the service; held against its risk.'),
  sources: z
    .array(file)
    .optional()
    .describe(
      'Folders below that of the service whose lines `coverage` counts, not tests; all that is reported unless said.',
    ),
  dockerfile: file.optional().describe('Below the folder of the service; `Dockerfile` unless said.'),
  context: file
    .or(z.literal('.'))
    .optional()
    .describe('What the build may read, from the root of the repository; the folder of the service unless said.'),
  attest: z
    .array(z.enum(attestable))
    .optional()
    .describe(
      'Signed statements that publishing hangs on each image; `classic` is the signature once more, as cosign did before version 3, `vulnerabilities` wants `scan`, `test-result` wants `results`.',
    ),
  results: file.optional().describe("JUnit's XML that the unit tests write, below the folder of the service."),
  timeout: duration.optional().describe('How long a job may take; 20m unless said.'),
};

const service = z.strictObject({
  path: file.or(z.literal('.')).default('.').describe('Folder in the repository.'),
  depends: z.array(file).default([]).describe('Further paths whose change is a change of this service.'),
  image: image
    .optional()
    .describe('The image without tag or digest, where it is not what `registry` makes of the name.'),
  risk: name.optional().describe('One of the names under `risks`.'),
  owner: team.optional().describe('Slug of the team that reviews its changes, in CODEOWNERS.'),
  targets: z
    .array(name)
    .min(1)
    .optional()
    .describe('Stages of the Dockerfile that are images of their own, released as `<service>-<target>`.'),
  ...work,
});

const container = z.strictObject({
  image: containerImage.describe('The image, with its tag or digest.'),
  ports: z.array(z.int().min(1).max(65_535)).default([]).describe('Ports that the job reaches on localhost.'),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of a variable'), z.string())
    .default({})
    .describe('Variables of the container; nothing secret.'),
  health: z
    .string()
    .regex(/^[^\n\r]+$/, 'expected a command on one line, such as "pg_isready -U postgres"')
    .optional()
    .describe('Command that succeeds once it serves; steps wait for it.'),
});

const security = z.strictObject({
  schedule: cron.default('17 5 * * *').describe('When, in UTC.'),
  scans: z
    .array(z.enum(['secrets', 'vulnerabilities', 'iac']))
    .min(1)
    .default(['secrets', 'vulnerabilities', 'iac'])
    .describe('What is looked for; the button can choose one of them.'),
  history: z
    .boolean()
    .default(true)
    .describe('Whether secrets are looked for in every commit, not only in the newest.'),
});

export const servicesDocument = z.strictObject({
  kind: z.literal('Services'),
  infra: repository.describe('The infra repository, which decides where releases run.'),
  receive: z
    .string()
    .regex(/^[\w.-]+\.ya?ml$/, 'expected the file name of a workflow, such as "receive.yml"')
    .default('receive.yml')
    .describe("The infra repository's workflow that runs `trunkline ci receive`."),
  branch: pattern.default('main').describe('The branch whose merges are published.'),
  suffix: z
    .string()
    .regex(/^-[A-Za-z0-9._-]+$/, 'expected how an image tag ends, such as "-dev"')
    .optional()
    .describe('How tags of what the branch publishes end, for an infra repository that routes by suffix.'),
  workflows: repository
    .optional()
    .describe('A repository that holds the reusable workflows for several; this one unless said.'),
  registry: registry.optional().describe('Where images go; ghcr.io under the owner of the repository unless said.'),
  apps: z
    .strictObject({
      propose: label.optional().describe('Slug of the GitHub App that rings the doorbell.'),
      delivery: label.optional().describe('Slug of the GitHub App that opens hotfix branches.'),
    })
    .default({})
    .describe('GitHub Apps, by slug.'),
  actions,
  owners: z
    .array(team)
    .default([])
    .describe('Teams that answer for workflows, this file and whatever no service owns, in CODEOWNERS.'),
  runners: z
    .strictObject({
      test: z.array(label).min(1).optional().describe('Labels for jobs that test.'),
      publish: z.array(label).min(1).optional().describe('Labels for jobs that publish.'),
    })
    .default({})
    .describe('Labels that `runs-on` asks for; ubuntu-24.04 unless said.'),
  budget: z
    .strictObject({
      'pull-request': duration.optional().describe('For a pull request.'),
      main: duration.optional().describe('For a push to the branch.'),
    })
    .default({})
    .describe('How long a run should take; what takes longer is reported, not stopped.'),
  defaults: z
    .strictObject({
      scan: scan.optional().describe('Which findings of scanners stop; without it nothing is scanned.'),
      ...work,
    })
    .default({})
    .describe('What holds for every service that says nothing else.'),
  risks: z.record(name, risk).default({}).describe('How much has to be tested of what a fault would cost, by name.'),
  containers: z
    .record(name, container)
    .default({})
    .describe('Service containers that an image alone does not describe, by name.'),
  services: z.record(name, service).describe('What is built here, by name.'),
  depends: z
    .record(file, z.array(file))
    .default({})
    .describe('A path that depends on others, so that services need not say it.'),
  release: z
    .strictObject({
      tags: pattern.default('v*').describe('Tags that make a GitHub Release and propose what their commit published.'),
    })
    .optional()
    .describe('Releases by tag; nothing is built again.'),
  security: security.optional().describe('Scans on a schedule, whatever changed.'),
  prune: z
    .strictObject({
      schedule: cron.default('41 4 * * 0').describe('When, in UTC.'),
      newest: z.int().min(1).default(20).describe('So many tagged images of each service stay.'),
      age: duration.default(604_800_000).describe('Nothing younger goes; 7d unless said.'),
    })
    .optional()
    .describe('Takes images away that nothing uses, at ghcr.io and ECR; a button first shows what would go.'),
  notify: notify
    .optional()
    .describe('Who hears of a push that was not published: failed tests, or the machinery; nobody unless said.'),
});

export type ServicesDocument = z.infer<typeof servicesDocument>;
