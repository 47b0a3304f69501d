import { z } from 'zod';
import { parseDuration } from '../model/duration.ts';

const repository = z
  .string()
  .regex(/^[A-Za-z0-9](?:-?[A-Za-z0-9])*\/[A-Za-z0-9._-]+$/, 'expected "owner/name", such as "acme/infra"');
/** Names become parts of paths, branches and URLs. */
const name = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i,
    'expected letters, digits, ".", "_" and "-", such as "payments-worker"',
  )
  .refine((text) => !text.includes('..'), 'expected no ".."');
const team = z.string().regex(/^[a-z0-9](?:[a-z0-9_-]*)$/, 'expected the slug of a team, such as "api-team"');
const file = z
  .string()
  .min(1)
  .refine((text) => !/^\/|(?:^|\/)\.\.?(?:\/|$)|\\/.test(text), 'expected a path inside the repository, without ".."');
const duration = z.string({ error: 'expected a duration such as 20s, 15m, 24h or 7d' }).transform((text, context) => {
  const parsed = parseDuration(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: `expected a duration such as 20s, 15m, 24h or 7d, found "${text}"` });
  return z.NEVER;
});
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

const service = z.strictObject({ path: file.or(z.literal('.')).default('.'), image: image.optional() });

export const servicesDocument = z.strictObject({
  kind: z.literal('Services'),
  infra: repository,
  receive: z
    .string()
    .regex(/^[\w.-]+\.ya?ml$/, 'expected the file name of a workflow, such as "receive.yml"')
    .default('receive.yml'),
  services: z.record(name, service),
});

const accepted = z.strictObject({
  services: z.record(name, team),
  signer: file.optional(),
});

const environment = z.strictObject({
  track: z.string().min(1).optional(),
  from: name.optional(),
  merge: z.enum(['auto', 'manual']).default('manual'),
  approve: z.record(team, z.int().min(1).max(10)).default({}),
  rollback: z.enum(['propose', 'automatic', 'off']).default('propose'),
  deploy: deploy.optional(),
});

export const environmentsDocument = z.strictObject({
  kind: z.literal('Environments'),
  accept: z.record(repository, accepted),
  manifests: z.strictObject({ json: file, path: z.string().min(1) }),
  deploy: deploy.optional(),
  environments: z.record(name, environment),
});

export type ServicesDocument = z.infer<typeof servicesDocument>;
export type EnvironmentsDocument = z.infer<typeof environmentsDocument>;

/** Keys by place, for suggestions: `*` stands for a name of the user's own. */
export const knownKeys: Readonly<Record<string, readonly string[]>> = {
  Services: Object.keys(servicesDocument.shape),
  'Services.services.*': Object.keys(service.shape),
  Environments: Object.keys(environmentsDocument.shape),
  'Environments.accept.*': Object.keys(accepted.shape),
  'Environments.manifests': ['json', 'path'],
  'Environments.deploy': Object.keys(deploy.shape),
  'Environments.environments.*': Object.keys(environment.shape),
  'Environments.environments.*.deploy': Object.keys(deploy.shape),
};
