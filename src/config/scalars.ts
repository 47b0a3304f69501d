import { z } from 'zod';
import { parseDuration } from '../model/duration.ts';

export const repository = z
  .string()
  .regex(/^[A-Za-z0-9](?:-?[A-Za-z0-9])*\/[A-Za-z0-9._-]+$/, 'expected "owner/name", such as "acme/infra"');
/** Names become parts of paths, branches and URLs. */
export const name = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i,
    'expected letters, digits, ".", "_" and "-", such as "payments-worker"',
  )
  .refine((text) => !text.includes('..'), 'expected no ".."');
export const team = z.string().regex(/^[a-z0-9](?:[a-z0-9_-]*)$/, 'expected the slug of a team, such as "api-team"');
export const file = z
  .string()
  .min(1)
  .refine((text) => !/^\/|(?:^|\/)\.\.?(?:\/|$)|\\/.test(text), 'expected a path inside the repository, without ".."')
  .refine(
    (text) => !/^[-\s]|\s$|\p{Cc}/u.test(text),
    'expected a path on one line that begins with neither "-" nor a blank',
  );
/** A workflow, here or in another repository, there at a ref. */
export const workflow = z
  .string()
  .regex(
    /^(?:[\w.-]+\/[\w.-]+\/)?\.github\/workflows\/[\w.-]+\.ya?ml(?:@[^\s@]+)?$/,
    'expected a workflow, such as ".github/workflows/publish.yml" or "acme/platform/.github/workflows/publish.yml@<commit>"',
  );
/** What an object in a cluster is called, with names to be filled in. */
export const objectName = z
  .string()
  .regex(/^(?:[a-z0-9.-]|\{[A-Za-z]+\})+$/, 'expected a name that Kubernetes takes, such as "{service}-{environment}"');
export const image = z
  .string()
  .regex(
    /^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9._-]+)+$/,
    'expected an image without tag or digest, such as "ghcr.io/acme/api"',
  );
/** Of a container: with tag or digest, or the name that `containers` has for it. */
export const containerImage = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:/@-]*$/, 'expected an image with its tag or digest, such as "postgres:16"');
/** A version of a tool chain, as GitHub's set-up actions take it. */
export const version = z
  .string()
  .regex(/^[\w.*<>=~^|/+-][\w.*<>=~^|/ +-]*$/, 'expected a version, such as "22" or ">=3.11 <3.14"');
/** Of a branch or tag, as GitHub's filters take it. */
export const pattern = z
  .string()
  .regex(/^[^\s~^:?[\\]+$/, 'expected the name of a branch or tag, or a pattern with "*", such as "release/*"');
export const duration = z
  .string({ error: 'expected a duration such as 20s, 15m, 24h or 7d' })
  .transform((text, context) => {
    const parsed = parseDuration(text);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: `expected a duration such as 20s, 15m, 24h or 7d, found "${text}"` });
    return z.NEVER;
  });
