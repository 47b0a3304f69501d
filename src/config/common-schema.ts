import { isValidCron } from '@actions/workflow-parser/model/converter/cron';
import { z } from 'zod';
import { repository } from './scalars.ts';

/** What may be asked to hang on a release, signed by its repository's signer. */
export const verifiable = ['provenance', 'signature', 'spdx', 'cyclonedx', 'vulnerabilities', 'test-result'] as const;
/** What publishing can hang on a release by itself; `classic` is the signature once more, as cosign did before version 3. */
export const attestable = [
  'signature',
  'classic',
  'provenance',
  'spdx',
  'cyclonedx',
  'vulnerabilities',
  'test-result',
] as const;

/** A label of a runner, or the slug of an App. */
export const label = z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'expected letters, digits, ".", "_" and "-"');

const fiveFields = 'expected minute, hour, day, month and weekday, such as "17 5 * * *" for every day at 05:17 UTC';

/** Five fields, as GitHub reads them: by its own check. */
export const cron = z
  .string()
  .regex(/^\S+ \S+ \S+ \S+ \S+$/, { error: fiveFields, abort: true })
  .refine(isValidCron, fiveFields);

/** Published actions → the repositories that workflows take them from instead. */
export const actions = z
  .record(repository, repository)
  .default({})
  .describe(
    'Forks and mirrors: a published action, such as trunkline/trunkline, → the repository that workflows take it from instead.',
  );
