import { fixed, word } from './word.ts';

type Method = 'merge' | 'squash' | 'rebase';

const methodNames: Readonly<Record<Method, string>> = {
  merge: 'Merge commits',
  squash: 'Squash merges',
  rebase: 'Rebase merges',
};

const operators: Readonly<Record<string, string>> = {
  starts_with: 'start with a matching pattern',
  ends_with: 'end with a matching pattern',
  contains: 'contain a matching pattern',
  regex: 'match a given regex pattern',
};

/** What rules say: after `remote: - ` in a push, after "Repository rule violations found" in an answer. */
export const ruleWords = {
  pullRequest: fixed('F', 'Changes must be made through a pull request.'),
  reviews: word(
    'F',
    (count: number) => `At least ${many(count, 'approving review')} required by reviewers with write access.`,
    1,
  ),
  lastPush: fixed('F', 'New changes require approval from someone other than the last pusher.'),
  codeOwners: word(
    'F',
    (owners: readonly string[]) => `Waiting on code owner review from ${owners.join(' and/or ')}.`,
    ['acme/platform'],
  ),
  changesRequested: fixed('K', 'Changes were requested by a reviewer with write access.'),
  reviewElsewhere: word(
    'K',
    (number: number) => `Pull request #${number} has the same head commit, and a review that is not approved.`,
    2,
  ),
  threads: fixed('F', 'A conversation must be resolved before this pull request can be merged.'),
  requiredReviewer: word(
    'K',
    (team: string, count: number) => `At least ${many(count, 'approving review')} required by ${team}.`,
    'acme/platform',
    1,
  ),
  method: word('F', (method: Method) => `${methodNames[method]} are not allowed on this repository.`, 'merge'),
  oneCheck: word(
    'F',
    (context: string, state: string) => `Required status check "${context}" is ${state}.`,
    'build',
    'expected',
  ),
  sameChecks: word(
    'F',
    (open: number, all: number, state: string) => `${open} of ${all} required status checks are ${state}.`,
    2,
    2,
    'expected',
  ),
  mixedChecks: word(
    'F',
    (open: number, all: number, states: string) =>
      `${open} of ${all} required status checks have not succeeded: ${states}.`,
    4,
    7,
    '1 expected and 1 failing',
  ),
  behind: fixed('K', 'The head branch is not up to date with the base branch.'),
  workflow: word(
    'K',
    (path: string, state: string) => `Required workflow "${path}" is ${state}.`,
    'ci.yml',
    'expected',
  ),
  nonFastForward: fixed('F', 'Cannot force-push to this branch'),
  deletion: fixed('F', 'Cannot delete this branch'),
  creation: fixed('F', 'Cannot create ref due to creations being restricted.'),
  update: fixed('F', 'Cannot update this protected ref.'),
  linear: word('F', (shas: readonly string[]) => withViolations('This branch must not contain merge commits.', shas), [
    '<sha>',
  ]),
  linearMethod: fixed('F', 'This branch must not contain merge commits.'),
  signatures: word('F', (shas: readonly string[]) => withViolations('Commits must have verified signatures.', shas), [
    '<sha>',
  ]),
  signedRebase: fixed(
    'F',
    'Base branch requires signed commits. Rebase merges cannot be automatically signed by GitHub',
  ),
  deployment: word('F', (environment: string) => `Missing successful active ${environment} deployment.`, 'staging'),
  pattern: word(
    'F',
    (what: string, operator: string, negated: boolean, pattern: string, found: readonly string[]) =>
      withViolations(`${what} must ${negated ? 'not ' : ''}${operators[operator] ?? operator}: ${pattern}`, found),
    'Commit message',
    'regex',
    false,
    '^feat',
    ['<sha>'],
  ),
  restrictedPath: word('K', (paths: readonly string[]) => withViolations('File path is restricted.', paths), ['a.pem']),
  restrictedExtension: word('K', (paths: readonly string[]) => withViolations('File extension is restricted.', paths), [
    'a.exe',
  ]),
  longPath: word(
    'K',
    (most: number, paths: readonly string[]) => withViolations(`File path is longer than ${most} characters.`, paths),
    10,
    ['long/path.txt'],
  ),
  largeFile: word(
    'K',
    (most: number, paths: readonly string[]) => withViolations(`File size exceeds the limit of ${most} MB.`, paths),
    1,
    ['large.bin'],
  ),
  foreignActor: word(
    'F',
    (name: string) => `Actor ${name} must be part of the ruleset source or owner organization`,
    'GitHub Actions integration',
  ),
  mergeQueue: fixed(
    'L',
    "Invalid rule 'merge_queue': the merge queue is not served by the lab; require status checks with the strict policy instead",
  ),
  unknownRule: word('L', (type: string) => `Invalid rule '${type}': no such rule is judged here`, 'code_scanning'),
  violations: word(
    'F',
    (sentences: readonly string[]) => `Repository rule violations found\n\n${sentences.join('\n\n')}\n\n`,
    ['Cannot delete this branch'],
  ),
  declined: fixed('F', 'push declined due to repository rule violations'),
  ruleOfOtherTarget: word(
    'K',
    (type: string, target: string) => `Invalid rule '${type}' for a ${target} ruleset`,
    'file_path_restriction',
    'branch',
  ),
  ruleParameters: word(
    'K',
    (type: string, problem: string) => `Invalid parameters for rule '${type}': ${problem}`,
    'branch_name_pattern',
    'pattern is no RE2',
  ),
} as const;

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? ' is' : 's are'}`;
}

function withViolations(sentence: string, found: readonly string[]): string {
  const count = `  Found ${found.length} violation${found.length === 1 ? '' : 's'}:`;
  return [sentence, count, '', ...found.map((one) => `  ${one}`)].join('\n');
}
