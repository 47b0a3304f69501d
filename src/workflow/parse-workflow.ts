import type { Problem } from '../errors.ts';
import type { TokenDefault } from '../model/job-permissions.ts';
import { checkCalls, type ReadCalled } from './check-calls.ts';
import { githubLimits, type Limits, Usage } from './limits.ts';
import type { Workflow } from './model.ts';
import { readWorkflow } from './read-workflow.ts';

export interface ParseOptions {
  /** With it, what the workflow calls is checked too, at any depth. */
  readonly readCalled?: ReadCalled;
  /** What the repository's tokens may do where nobody says; without it, calls are not held against that. */
  readonly tokenDefault?: TokenDefault;
  /** GitHub's, unless given. */
  readonly limits?: Partial<Limits>;
}

/**
 * Reads a workflow file as GitHub does. Problems carry GitHub's words and places; where there is one, GitHub would not
 * run the file and there is no workflow.
 */
export function parseWorkflow(
  source: { readonly path: string; readonly text: string },
  options: ParseOptions = {},
): { workflow?: Workflow; problems: readonly Problem[] } {
  const limits = { ...githubLimits, ...options.limits };
  const usage = new Usage(limits);
  const { file, problems } = readWorkflow(source, limits, usage);
  if (file === undefined) return { problems };
  const wrong = checkCalls(file, { ...options, limits, usage });
  return wrong.length > 0 ? { problems: wrong } : { workflow: file.workflow, problems };
}
