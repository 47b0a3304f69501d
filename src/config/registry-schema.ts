import { z } from 'zod';

const role = z.string().regex(/^[\w+=,.@/-]+$/, 'expected the name of an IAM role, such as "trunkline-publish"');

/** One of the first three says where images go; what goes with each is checked apart. */
const place = {
  ghcr: z
    .string()
    .regex(/^[A-Za-z0-9](?:-?[A-Za-z0-9])*$/, 'expected the owner of the packages, such as "acme"')
    .optional()
    .describe("GitHub's registry: the owner of the packages."),
  ecr: z
    .string()
    .regex(/^[0-9]{12}\/[a-z]{2}(?:-[a-z]+)+-[0-9]$/, 'expected "account/region", such as "123456789012/eu-west-1"')
    .optional()
    .describe("Amazon's registry: `account/region`."),
  oci: z
    .string()
    .regex(/^[a-z0-9.-]+(?::[0-9]+)?$/, 'expected the host of a registry, such as "registry.example.com"')
    .optional()
    .describe(
      'Any other registry: its host. Its login comes from the secrets REGISTRY_USERNAME and REGISTRY_PASSWORD.',
    ),
  prefix: z
    .string()
    .regex(/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/, 'expected a path such as "bookstore"')
    .optional()
    .describe('What stands before the name of a service.'),
  'role-variable': z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'expected the name of a variable, such as "AWS_PUBLISH_ROLE"')
    .optional()
    .describe(
      "With `ecr`: the variable of GitHub that holds the role's ARN, where it shall not stand in the workflows; the roles beside it have theirs, with `_READ` and `_PRUNE` at the end.",
    ),
};

/** Where an application repository pushes. */
export const registry = z.strictObject({
  ...place,
  role: role.optional().describe('With `ecr`: the IAM role that publishing assumes; trunkline-publish unless said.'),
});

/** Where the infra repository reads what hangs on images. */
export const readRegistry = z.strictObject({
  ...place,
  role: role
    .optional()
    .describe('With `ecr`: the IAM role that may read and nothing else; trunkline-verify unless said.'),
  secrets: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'expected how the names of two secrets begin, such as "REGISTRY"')
    .optional()
    .describe(
      'With `oci`: how the names of the secrets with its login begin, `<secrets>_USERNAME` and `<secrets>_PASSWORD`; REGISTRY unless said.',
    ),
});

export type RegistryDocument = z.infer<typeof registry> & Pick<z.infer<typeof readRegistry>, 'secrets'>;
