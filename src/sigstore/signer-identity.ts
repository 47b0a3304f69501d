import { TrunklineError } from '../errors.ts';

/** Whether a signer is a workflow of another repository, which has a ref of its own. */
export function isShared(signer: string): boolean {
  return sharedPattern.test(signer);
}

const sharedPattern = /^([\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+\.ya?ml)@(\S+)$/;

/**
 * The name that a workflow signs under, whole: `https://github.com/acme/app/.github/workflows/publish.yml@refs/heads/main`.
 * A shared workflow has a ref of its own. @throws INPUT_INVALID
 */
export function signerIdentity(options: {
  readonly source: string;
  readonly signer: string;
  readonly ref?: string;
}): string {
  const { source, signer, ref } = options;
  const shared = sharedPattern.exec(signer);
  if (shared !== null) return `https://github.com/${shared[1]}@${shared[2]}`;
  if (!/^\.github\/workflows\/[\w.-]+\.ya?ml$/.test(signer))
    throw new TrunklineError('INPUT_INVALID', `expected a workflow file as --signer, found "${signer}"`, {
      hint: '.github/workflows/publish.yml, or acme/platform/.github/workflows/build.yml@refs/tags/v1',
    });
  if (ref === undefined)
    throw new TrunklineError('INPUT_INVALID', 'expected --ref beside a workflow of the repository itself, found none', {
      hint: 'add --ref refs/heads/main: the name that it signs under ends in it',
    });
  return `https://github.com/${source}/${signer}@${ref}`;
}
