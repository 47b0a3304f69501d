import { type SharedWorkflow, sharedWorkflow } from '../config/shared-workflow.ts';
import { TrunklineError } from '../errors.ts';
import { type Lock, lockPath } from '../workflow/generate/lock.ts';

/** The names that a workflow signs under, whole: `https://github.com/acme/app/.github/workflows/publish.yml@refs/heads/main`. */
export interface SignerNames {
  readonly identities: readonly string[];
  /** Of those that may not sign any more: what they signed before this time counts, in milliseconds since 1970. */
  readonly until: ReadonlyMap<string, number>;
}

/**
 * Under which names a signer signs. One of the repository itself ends in the ref that it ran at; a shared one in its own,
 * or in a commit of `lock`: the version that is called now, and those before it, of which some releases still are.
 * @throws INPUT_INVALID, and NOT_FOUND where the lock has no version of it
 */
export function signerNames(options: {
  readonly source: string;
  readonly signer: string;
  readonly ref?: string;
  readonly lock?: Pick<Lock, 'actions'>;
}): SignerNames {
  const { source, signer, ref, lock } = options;
  const shared = sharedWorkflow(signer);
  if (shared !== undefined) return sharedNames(shared, lock);
  if (!/^\.github\/workflows\/[\w.-]+\.ya?ml$/.test(signer))
    throw new TrunklineError('INPUT_INVALID', `expected a workflow file as --signer, found "${signer}"`, {
      hint: '.github/workflows/publish.yml, or acme/platform/.github/workflows/build.yml@refs/tags/v1',
    });
  if (ref === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected --ref beside a workflow of the repository itself, found none', {
      hint: 'add --ref refs/heads/main: the name that it signs under ends in it',
    });
  return { identities: [`https://github.com/${source}/${signer}@${ref}`], until: new Map() };
}

function sharedNames({ repository, path, ref }: SharedWorkflow, lock: Pick<Lock, 'actions'> | undefined): SignerNames {
  const nameAt = (version: string): string => `https://github.com/${repository}/${path}@${version}`;
  if (ref !== undefined) return { identities: [nameAt(ref)], until: new Map() };
  const pin = lock?.actions[repository];
  if (pin === undefined)
    throw new TrunklineError('NOT_FOUND', `expected versions of ${repository} in ${lockPath}, found none`, {
      hint: `trunkline pin --update ${repository}, in the repository that this is judged for, or ${repository}/${path}@<ref>`,
    });
  const { previous = [] } = pin;
  return {
    identities: [pin.sha, ...previous.map(({ sha }) => sha)].map(nameAt),
    until: new Map(previous.flatMap((one) => (one.until === undefined ? [] : [[nameAt(one.sha), endOf(one.until)]]))),
  };
}

/** When a day is over, in UTC. */
function endOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) + 86_400_000;
}
