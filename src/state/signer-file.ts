import type { Accepted } from '../config/config.ts';
import { sharedWorkflow } from '../config/shared-workflow.ts';
import type { Lock } from '../workflow/generate/lock.ts';

/** Where the workflow stands that must sign: `repository` is another one's for a shared workflow, which has a ref of its own. */
export interface SignerFile {
  readonly repository: string;
  readonly path: string;
  readonly ref: string | undefined;
}

export function signerFile(
  { repository, signer }: Pick<Accepted, 'repository' | 'signer'>,
  lock: Pick<Lock, 'actions'>,
): SignerFile | undefined {
  if (signer === undefined) return undefined;
  const shared = sharedWorkflow(signer);
  if (shared === undefined) return { repository, path: signer, ref: undefined };
  const { repository: other, path, ref = lock.actions[other]?.sha } = shared;
  return { repository: other, path, ref };
}
