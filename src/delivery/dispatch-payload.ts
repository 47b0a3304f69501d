import { z } from 'zod';
import type { EnvironmentsConfig } from '../config/config.ts';
import { suggest } from '../config/suggest.ts';
import { type Problem, TrunklineError } from '../errors.ts';
import { isDigest } from '../model/digest.ts';
import type { Offer } from './bump.ts';

/**
 * What a foreign sender says of a release in the `client_payload` of a repository_dispatch. GitHub takes ten keys at most.
 * docs/schema/release-dispatch.json is generated from this.
 */
export const releaseDispatch = z
  .strictObject({
    schema: z.literal(1).describe('Version of this form.'),
    service: z.string().min(1).describe('Its name in the infra repository’s trunkline.yaml.'),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/)
      .describe('Digest of the image, as the push printed it.'),
    repository: z
      .string()
      .regex(/^[A-Za-z0-9-]+\/[A-Za-z0-9._-]+$/)
      .describe('owner/name of the application repository: it has to be accepted for the service.'),
    commit: z
      .string()
      .regex(/^[0-9a-f]{40}$/)
      .describe('The commit that the image was built from: guards against going back.'),
    image: z
      .string()
      .regex(/^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9._-]+)+$/)
      .describe('The image without tag and digest, for a first release.')
      .optional(),
    tag: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/)
      .describe('A tag of the image: a label.')
      .optional(),
    ref: z
      .string()
      .regex(/^refs\/(?:heads|tags)\/[^\s]+$/)
      .describe('The ref that it was published from; routes go by it.')
      .optional(),
    run: z
      .string()
      .regex(/^https:\/\/[^\s]+$/)
      .describe('URL of the run that published it.')
      .optional(),
    message: z.string().max(10_000).describe('The commit’s message, for the pull request.').optional(),
  })
  .describe('The client_payload of a repository_dispatch that proposes a release to an infra repository.');

export type ReleaseDispatch = z.infer<typeof releaseDispatch>;

/** Whether a payload means to propose a release: any other is only a doorbell. */
export function proposesRelease(payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && ('service' in payload || 'digest' in payload);
}

/** @throws INPUT_INVALID with every fault of the payload */
export function parseDispatch(payload: unknown): ReleaseDispatch {
  const read = releaseDispatch.safeParse(payload);
  if (read.success) return read.data;
  const [first, ...rest] = read.error.issues.flatMap((issue): Problem[] => {
    const fault = (message: string, hint?: string): Problem => ({
      code: 'INPUT_INVALID',
      message: `client_payload${message}`,
      hint: hint ?? 'docs/schema/release-dispatch.json says what a payload holds',
    });
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const near = suggest(key, Object.keys(releaseDispatch.shape));
        return fault(`: unknown key "${key}"`, near === undefined ? undefined : `did you mean "${near}"?`);
      });
    }
    const key = issue.path.map(String).join('.');
    const value = key === '' ? payload : (payload as Readonly<Record<string, unknown>>)[key];
    const found = value === undefined ? 'none' : JSON.stringify(value).slice(0, 100);
    return [fault(`${key === '' ? '' : `.${key}`}: expected ${expectation(issue)}, found ${found}`)];
  });
  throw TrunklineError.of([first ?? { code: 'INPUT_INVALID', message: 'client_payload: not understood' }, ...rest]);
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_format' && 'pattern' in issue) return `a text like ${String(issue.pattern)}`;
  return issue.message.replace(/^Invalid input: expected /, '').replace(/, received .*$/, '');
}

/** The release that a payload offers. It only proposes: the policy asks who published it. @throws NOT_ACCEPTED */
export function offerOf(
  { accept }: Pick<EnvironmentsConfig, 'accept'>,
  payload: ReleaseDispatch,
): Offer & { readonly repository: string } {
  const { service, digest, repository, commit, image, tag, ref, message } = payload;
  const accepted = accept.find((one) => one.repository.toLowerCase() === repository.toLowerCase());
  if (accepted?.services.has(service) !== true) {
    const may = accepted === undefined ? 'nothing' : [...accepted.services.keys()].join(', ');
    throw new TrunklineError(
      'NOT_ACCEPTED',
      `expected a service that ${repository} may ship (${may}), found "${service}"`,
      {
        hint: 'the infra repository decides: `accept` in its trunkline.yaml',
      },
    );
  }
  if (!isDigest(digest)) throw new TrunklineError('DIGEST_INVALID', `expected a digest, found "${digest}"`);
  return {
    service,
    digest,
    repository: accepted.repository,
    source: { repository: accepted.repository, commit },
    ...(image === undefined ? {} : { image }),
    ...(tag === undefined ? {} : { tag }),
    ...(ref === undefined ? {} : { ref }),
    ...(message === undefined ? {} : { message }),
  };
}
