import { TrunklineError } from '../../errors.ts';
import type { ActionSource } from './action.ts';

/**
 * Holds a commit that a step is pinned to against the version that its comment names, where a source knows the version:
 * a comment that lies is how a changed action slips through a review.
 * @throws WORKFLOW_INVALID
 */
export async function checkPin(
  sources: readonly ActionSource[],
  repository: string,
  commit: string,
  named: string,
): Promise<void> {
  if (!/^[0-9a-f]{40}$/.test(commit)) return;
  for (const source of sources) {
    const found = await source.resolve?.(repository, named);
    if (found === undefined) continue;
    if (found === commit) return;
    throw new TrunklineError(
      'WORKFLOW_INVALID',
      `expected ${repository}@${commit} to be ${named}, as its comment says; in ${source.label} ${named} is ${found}`,
      { hint: `pin ${repository}@${found} # ${named}, or name the version that the commit is` },
    );
  }
}
