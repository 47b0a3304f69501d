import { z } from 'zod';
import { approve, freeze, gates, group, hotfix, knownGateKeys } from './gates-schema.ts';
import { knownNotifyKeys, notify } from './notify-schema.ts';
import { knownRiskKeys, risk, scan } from './risk-schema.ts';
import { duration, file, name, repository, team } from './scalars.ts';

const image = z
  .string()
  .regex(
    /^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9._-]+)+$/,
    'expected an image without tag or digest, such as "ghcr.io/acme/api"',
  );

const deploy = z.strictObject({
  command: z.string().min(1),
  health: z
    .string()
    .regex(/^https?:\/\//, 'expected a URL that starts with http:// or https://')
    .optional(),
  timeout: duration.default(300_000),
});

const service = z.strictObject({
  path: file.or(z.literal('.')).default('.'),
  depends: z.array(file).default([]),
  image: image.optional(),
  risk: name.optional(),
});

export const servicesDocument = z.strictObject({
  kind: z.literal('Services'),
  infra: repository,
  receive: z
    .string()
    .regex(/^[\w.-]+\.ya?ml$/, 'expected the file name of a workflow, such as "receive.yml"')
    .default('receive.yml'),
  defaults: z.strictObject({ scan: scan.optional() }).default({}),
  risks: z.record(name, risk).default({}),
  services: z.record(name, service),
  depends: z.record(file, z.array(file)).default({}),
});

/** What may be asked to hang on a release, signed by its repository's signer. */
export const verifiable = ['provenance', 'signature', 'spdx', 'cyclonedx', 'vulnerabilities', 'test-result'] as const;

const accepted = z.strictObject({
  services: z.record(name, team),
  signer: file.optional(),
  verify: z.array(z.enum(verifiable)).default([]),
});

const environment = z.strictObject({
  region: name.optional(),
  track: z.string().min(1).optional(),
  from: name.optional(),
  merge: z.enum(['auto', 'manual']).default('manual'),
  group: name.optional(),
  approve: approve.optional(),
  gates: gates.optional(),
  batch: z.enum(['when-busy', 'off']).default('off'),
  rollback: z.enum(['propose', 'automatic', 'off']).default('propose'),
  deploy: deploy.optional(),
});

/** One of the first five says the kind of the manifests and where they are; which of the others go with it is checked apart. */
const manifests = z.strictObject({
  json: file.optional(),
  helm: file.optional(),
  kustomize: file.optional(),
  yaml: file.optional(),
  regex: file.optional(),
  path: z.string().min(1).optional(),
  image: z.string().min(1).optional(),
  pattern: z.string().min(1).optional(),
  document: z
    .union(
      [z.int().min(0), z.strictObject({ kind: z.string().min(1).optional(), name: z.string().min(1).optional() })],
      {
        error: 'expected the number of a document, from 0, or its kind and name, such as { kind: Deployment }',
      },
    )
    .optional(),
});

const glob = z
  .string()
  .regex(/^[^\s~^:?[\\]+$/, 'expected the name of a branch or tag, or a pattern with "*", such as "release/*"');
const route = z.strictObject({
  branch: glob.optional(),
  tag: glob.optional(),
  suffix: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'expected how an image tag ends, such as "-stable"')
    .optional(),
  to: name,
});

export const environmentsDocument = z.strictObject({
  kind: z.literal('Environments'),
  accept: z.record(repository, accepted),
  manifests,
  deploy: deploy.optional(),
  freezes: z.record(name, freeze).default({}),
  groups: z.record(name, group).default({}),
  hotfix: hotfix.optional(),
  routes: z.array(route).default([]),
  notify: notify.optional(),
  environments: z.record(name, environment),
});

export type ServicesDocument = z.infer<typeof servicesDocument>;
export type EnvironmentsDocument = z.infer<typeof environmentsDocument>;

/** Keys by place, for suggestions: `*` stands for a name of the user's own. */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  Services: Object.keys(servicesDocument.shape),
  'Services.services.*': Object.keys(service.shape),
  ...knownRiskKeys,
  ...knownNotifyKeys,
  Environments: Object.keys(environmentsDocument.shape),
  'Environments.accept.*': Object.keys(accepted.shape),
  'Environments.manifests': Object.keys(manifests.shape),
  'Environments.manifests.document': ['kind', 'name'],
  'Environments.routes.*': Object.keys(route.shape),
  'Environments.deploy': Object.keys(deploy.shape),
  'Environments.environments.*': Object.keys(environment.shape),
  'Environments.environments.*.deploy': Object.keys(deploy.shape),
  ...knownGateKeys,
};
