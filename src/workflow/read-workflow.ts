import type { Problem } from '../errors.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import { checkConcurrency, checkJobs } from './check-jobs.ts';
import { checkLengths } from './check-lengths.ts';
import { checkTriggers } from './check-triggers.ts';
import { fields } from './fields.ts';
import type { Limits, Usage } from './limits.ts';
import { loadTokens } from './load-tokens.ts';
import type { Workflow } from './model.ts';
import { readConcurrency, readDefaults, readJobs } from './read-jobs.ts';
import { readPermissions } from './read-permissions.ts';
import { readPins } from './read-pins.ts';
import { readTemplate } from './read-template.ts';
import { readTriggers } from './read-triggers.ts';

/** A workflow file by itself, without what it calls. */
export interface WorkflowFile {
  readonly workflow: Workflow;
  readonly template: Template;
}

/** Reads one file; no file where there is a problem. */
export function readWorkflow(
  source: { readonly path: string; readonly text: string },
  limits: Limits,
  usage: Usage,
): { readonly file?: WorkflowFile; readonly problems: readonly Problem[] } {
  const { context, root } = loadTokens(source, 'workflow', limits, usage);
  if (root === undefined || context.problems().length > 0) return { problems: context.problems() };
  const template = readTemplate(root, source.path);
  const problems = [
    ...checkTriggers(entryOf(template, 'on')),
    ...checkConcurrency(entryOf(template, 'concurrency')),
    ...checkJobs(entryOf(template, 'jobs')),
    ...checkLengths(template),
  ];
  return problems.length > 0 ? { problems } : { file: { workflow: modelOf(source, template), template }, problems };
}

function modelOf({ path, text }: { readonly path: string; readonly text: string }, template: Template): Workflow {
  const pins = readPins(text);
  const name = literalText(entryOf(template, 'name'));
  const permissions = readPermissions(entryOf(template, 'permissions'));
  const concurrency = readConcurrency(entryOf(template, 'concurrency'));
  const defaults = readDefaults(entryOf(template, 'defaults'));
  return {
    path,
    on: readTriggers(entryOf(template, 'on')),
    jobs: readJobs(entryOf(template, 'jobs')),
    ...fields(template, { runName: 'run-name', env: 'env' }),
    ...(name === undefined ? {} : { name }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(defaults === undefined ? {} : { defaults }),
    ...(Object.keys(pins).length === 0 ? {} : { pins }),
  };
}
