import type { Location, Problem } from '../errors.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import { defaultPermissions, type Permissions, type TokenDefault } from '../model/job-permissions.ts';
import { checkCallInputs, checkCallSecrets } from './check-call-inputs.ts';
import type { Limits, Usage } from './limits.ts';
import type { Job } from './model.ts';
import { permissionViolations } from './permissions.ts';
import { invalid } from './problem.ts';
import { readWorkflow, type WorkflowFile } from './read-workflow.ts';

/**
 * Finds the text of a called workflow: by its path in the caller's repository (`.github/workflows/x.yml`), or by
 * `owner/repo/.github/workflows/x.yml@ref`. Undefined where there is none; a workflow of another repository is then
 * left to be checked when it is called.
 */
export type ReadCalled = (reference: string) => string | undefined;

export interface CallOptions {
  readonly readCalled?: ReadCalled;
  readonly tokenDefault?: TokenDefault;
  readonly limits: Limits;
  readonly usage: Usage;
}

/**
 * Calls of workflows: the files, their inputs, secrets and permissions, at any depth (actions/runner,
 * ReusableWorkflowsLoader.cs). As there, the first call that is wrong ends the check.
 */
export function checkCalls(file: WorkflowFile, options: CallOptions): readonly Problem[] {
  const check = new CallCheck(options);
  return check.tooManyJobs(file) ?? check.file(file, '', file.workflow.permissions, 1);
}

class CallCheck {
  readonly #options: CallOptions;
  readonly #files = new Set<string>();
  #jobs = 0;

  constructor(options: CallOptions) {
    this.#options = options;
  }

  tooManyJobs({ workflow }: WorkflowFile): readonly Problem[] | undefined {
    const { jobs } = this.#options.limits;
    this.#jobs += workflow.jobs.length;
    return this.#jobs > jobs ? [plain(`The workflow may not contain more than ${jobs} jobs`)] : undefined;
  }

  /** @param at where the file is: empty for the caller's repository, else `owner/repo` and `@ref` */
  file(file: WorkflowFile, at: string, permissions: Permissions | undefined, depth: number): readonly Problem[] {
    const { callDepth } = this.#options.limits;
    for (const job of file.workflow.jobs) {
      if (job.uses === undefined) continue;
      if (depth > callDepth) return [plain(`Nested reusable workflow depth exceeded ${callDepth}.`)];
      const problems = this.#call(file, job, at, job.permissions ?? permissions, depth);
      if (problems.length > 0) return problems;
    }
    return [];
  }

  #call(file: WorkflowFile, job: Job, at: string, allowed: Permissions | undefined, depth: number): readonly Problem[] {
    const { readCalled, limits, usage } = this.#options;
    const reference = qualified(job.uses ?? '', at);
    const text = readCalled?.(reference);
    const template = entryOf(entryOf(file.template, 'jobs'), job.id.toLowerCase());
    const place = entryOf(template, 'uses')?.at ?? job.at;
    if (text === undefined) {
      if (readCalled === undefined || reference.includes('@')) return [];
      return [invalid(place, `${calledBy(file, job)} : failed to fetch workflow: workflow was not found.`)];
    }
    this.#files.add(reference);
    if (this.#files.size >= limits.files) return [plain(`The maximum file count of ${limits.files} has been exceeded`)];
    const { file: called, problems } = readWorkflow({ path: reference, text }, limits, usage);
    if (called === undefined) return problems.map((problem) => inCalled(problem, place));
    const more = this.tooManyJobs(called);
    if (more !== undefined) return more;
    const wrong = this.#check(job, template, place, called, allowed);
    if (wrong.length > 0) return wrong;
    return this.file(called, placeOf(reference), called.workflow.permissions ?? allowed, depth + 1);
  }

  #check(
    job: Job,
    template: Template | undefined,
    place: Location,
    called: WorkflowFile,
    allowed: Permissions | undefined,
  ): readonly Problem[] {
    const call = called.workflow.on.workflowCall;
    if (call === undefined) {
      const on = entryOf(called.template, 'on') ?? called.template;
      return [inCalled(invalid(on.at, 'workflow_call key is not defined in the referenced workflow.'), place)];
    }
    return [
      ...checkCallInputs(template, place, call),
      ...checkCallSecrets(template, place, call),
      ...this.#permissions(job, called, allowed),
    ];
  }

  #permissions(job: Job, { workflow }: WorkflowFile, explicit: Permissions | undefined): readonly Problem[] {
    const { tokenDefault } = this.#options;
    const allowed = explicit ?? (tokenDefault === undefined ? undefined : defaultPermissions(tokenDefault));
    if (allowed === undefined) return [];
    const reference = workflow.path.includes('@') ? workflow.path : (job.uses ?? '');
    const check = (who: string, asked: Permissions | undefined): readonly Problem[] => {
      const over = permissionViolations(asked ?? {}, allowed);
      if (over.asked.length === 0) return [];
      const [wanted, may] = [over.asked.join(', '), over.allowed.join(', ')];
      const message = `Error calling workflow '${reference}'. The ${who} is requesting '${wanted}', but is only allowed '${may}'.`;
      return [invalid(job.at, message)];
    };
    return [
      ...check(`workflow '${reference}'`, workflow.permissions),
      ...workflow.jobs.flatMap((nested) =>
        check(`nested job '${literalText(nested.name) ?? nested.id}'`, nested.permissions),
      ),
    ];
  }
}

/** The path in the caller's own repository, or the whole reference. */
function qualified(uses: string, at: string): string {
  if (!uses.startsWith('./')) return uses;
  const [repository, ref] = at.split('@');
  return at === '' ? uses.slice(2) : `${repository}/${uses.slice(2)}@${ref}`;
}

function calledBy({ workflow }: WorkflowFile, { uses }: Job): string {
  return `error parsing called workflow "${workflow.path}" -> "${uses}"`;
}

function placeOf(reference: string): string {
  const [owner, name] = reference.split('/');
  const at = reference.indexOf('@');
  return at < 0 ? '' : `${owner}/${name}${reference.slice(at)}`;
}

/** A problem of a called file, at the place of the call. */
function inCalled({ message, location }: Problem, place: Location): Problem {
  const line = location?.line === undefined ? '' : ` (Line: ${location.line}, Col: ${location.column})`;
  return invalid(place, `Error from called workflow ${location?.file ?? ''}${line}: ${message}`);
}

function plain(message: string): Problem {
  return { code: 'WORKFLOW_INVALID', message };
}
