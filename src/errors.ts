/** Every reason for which Trunkline refuses or fails, by code. docs/errors.md is generated from this list. */
export const errorCodes = {
  ACTION_NOT_FOUND: 'A workflow uses an action that no action source has.',
  ARCHIVE_INVALID:
    'An image’s archive is cut off, has other bytes than its digests say, or is not the one that was wanted.',
  CONFIG_INVALID: 'trunkline.yaml, or another file of configuration, does not say what it must.',
  CONFLICT: 'What was to be changed has changed meanwhile, more often than a retry can mend.',
  DEPLOY_FAILED: 'A deploy command failed, or the service did not become healthy.',
  DIGEST_INVALID: 'A digest is not `sha256:` and 64 hexadecimal digits.',
  DIGEST_NOT_FOUND: 'The registry has no image with this digest.',
  EXPRESSION_INVALID: 'An expression does not parse or cannot be evaluated.',
  GIT_FAILED: 'The git command failed.',
  GIT_MISSING: 'The git command is not on the PATH, or is too old.',
  GITHUB_REFUSED: 'GitHub answered a request with a refusal.',
  HELD: 'A hold stops automation for this service and environment.',
  INPUT_INVALID: 'An option, an input or an environment variable has a value that cannot be used.',
  LAB_FAILED: 'The lab could not start, or a part of it stopped.',
  LAB_RUNNING: 'Another process has this lab open.',
  MANIFEST_INVALID: 'A manifest cannot be read, or its pin cannot be edited safely.',
  NOT_ACCEPTED: 'A repository proposed a service that it may not ship.',
  NOT_A_REPOSITORY: 'The folder is not a git repository.',
  NOT_FOUND: 'What was asked for does not exist.',
  PERMISSION_MISSING: 'A token lacks a permission.',
  POLICY_REFUSED: 'A gate or an approval that the environment wants is missing.',
  REGISTRY_FAILED: 'The registry refused a request, or sent bytes that do not match their digest.',
  REPORT_INVALID: 'A report of a test or scan tool is empty, cut off, or of a format that is not known.',
  SIGNATURE_REFUSED: 'An image is not signed, or not by whom it must be signed.',
  SIGNING_FAILED: 'A service that takes part in signing refused, or cannot be reached.',
  TRUST_ROOT_INVALID: 'The authorities that signatures are checked against are not there, or cannot be read.',
  UNSUPPORTED: 'The lab does not do this, and says so instead of passing it over.',
  WORKFLOW_INVALID: 'GitHub would refuse this workflow.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A place in a file; line and column count from 1. */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing that is wrong, where several are normal (configuration, workflows, plans). */
export interface Problem {
  readonly code: ErrorCode;
  /** What was expected, what was found. */
  readonly message: string;
  readonly location?: Location;
  /** The line or command that mends it. */
  readonly hint?: string;
}

export interface TrunklineErrorOptions {
  readonly hint?: string;
  readonly location?: Location;
  /** All problems, where more than one was found. */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/**
 * The one error of the project: anything else that is thrown is a bug of ours.
 * `message` says what was expected, what was found and where; `hint` what mends it.
 */
export class TrunklineError extends Error {
  override readonly name = 'TrunklineError';
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly location?: Location;
  readonly problems: readonly Problem[];

  constructor(code: ErrorCode, message: string, options: TrunklineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.location !== undefined) this.location = options.location;
    this.problems = options.problems ?? [];
  }

  /** One error for all problems found; its message lists them, a line each. */
  static of(problems: readonly [Problem, ...Problem[]]): TrunklineError {
    const [first] = problems;
    return new TrunklineError(first.code, problems.map(formatProblem).join('\n'), {
      problems,
      ...(first.hint === undefined ? {} : { hint: first.hint }),
      ...(first.location === undefined ? {} : { location: first.location }),
    });
  }
}

/** `file:line:column: message`, as editors and terminals link it. */
export function formatProblem(problem: Problem): string {
  return problem.location === undefined ? problem.message : `${formatLocation(problem.location)}: ${problem.message}`;
}

export function formatLocation(location: Location): string {
  return [location.file, location.line, location.column].filter((part) => part !== undefined).join(':');
}
