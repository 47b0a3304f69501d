/**
 * GitHub's sentences, as `git push` prints them after `remote: - ` and the API after "Repository rule violations found".
 * captured: seen in what users published; worded: ours, where no capture is known.
 */
export const sentences = {
  /** captured */
  pullRequest: 'Changes must be made through a pull request.',
  /** captured */
  reviews: (count: number) =>
    `At least ${count} approving ${count === 1 ? 'review is' : 'reviews are'} required by reviewers with write access.`,
  /** captured */
  lastPush: 'New changes require approval from someone other than the last pusher.',
  /** captured */
  codeOwners: (owners: readonly string[]) => `Waiting on code owner review from ${owners.join(' and/or ')}.`,
  /** worded */
  changesRequested: 'Changes were requested by a reviewer with write access.',
  /** worded */
  requiredReviewer: (team: string, count: number) =>
    `At least ${count} approving ${count === 1 ? 'review is' : 'reviews are'} required by ${team}.`,
  /** captured for merge commits; the others by its pattern */
  method: (method: 'merge' | 'squash' | 'rebase') =>
    `${{ merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' }[method]} are not allowed on this repository.`,
  /** captured */
  oneCheck: (context: string, state: string) => `Required status check "${context}" is ${state}.`,
  /** captured */
  sameChecks: (open: number, all: number, state: string) => `${open} of ${all} required status checks are ${state}.`,
  /** captured */
  mixedChecks: (open: number, all: number, states: string) =>
    `${open} of ${all} required status checks have not succeeded: ${states}.`,
  /** worded */
  behind: 'The head branch is not up to date with the base branch.',
  /** captured, without a full stop */
  nonFastForward: 'Cannot force-push to this branch',
  /** captured, without a full stop */
  deletion: 'Cannot delete this branch',
  /** captured */
  creation: 'Cannot create ref due to creations being restricted.',
  /** captured; the full stop is not certain */
  update: 'Cannot update this protected ref.',
  /** captured */
  linear: (shas: readonly string[]) => withViolations('This branch must not contain merge commits.', shas),
  /** captured as an answer to merges */
  linearMethod: 'This branch must not contain merge commits.',
  /** captured */
  signatures: (shas: readonly string[]) => withViolations('Commits must have verified signatures.', shas),
  /** captured */
  signedRebase: 'Base branch requires signed commits. Rebase merges cannot be automatically signed by GitHub',
  /** captured */
  deployment: (environment: string) => `Missing successful active ${environment} deployment.`,
  /** worded */
  pattern: (what: string, negated: boolean, pattern: string, found: readonly string[]) =>
    withViolations(`${what} must ${negated ? 'not match' : 'match'} a given pattern: ${pattern}`, found),
  /** worded */
  restrictedPath: (paths: readonly string[]) => withViolations('File path is restricted.', paths),
} as const;

function withViolations(sentence: string, found: readonly string[]): string {
  const count = `  Found ${found.length} violation${found.length === 1 ? '' : 's'}:`;
  return [sentence, count, '', ...found.map((one) => `  ${one}`)].join('\n');
}
