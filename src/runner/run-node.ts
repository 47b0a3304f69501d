import { TrunklineError } from '../errors.ts';
import { hasExpression, literalText } from '../expression/template.ts';
import type { Conclusion, JobRecord, NewJob } from '../protocol/run.ts';
import { expandMatrix, type MatrixCombination, matrixJobName } from '../workflow/matrix.ts';
import type { Job } from '../workflow/model.ts';
import { effectivePermissions } from '../workflow/permissions.ts';
import type { CallScope, JobOutcome } from './call-scope.ts';
import { callWorkflow } from './call-workflow.ts';
import { ancestors, type RunExecution, serverEvaluation } from './execute-run.ts';
import { type Evaluation, evaluateIf, evaluateText, evaluateValue, truthy } from './job/evaluation.ts';
import { messageOf } from './job/run-step.ts';
import { combineResults } from './run-conclusion.ts';
import { runLeaf } from './run-leaf.ts';
import { Slots } from './slots.ts';

/** One job of a matrix, or the one job there is. */
export interface Leaf {
  readonly scope: CallScope;
  readonly definition: Job;
  /** Full name: of its check run, and of its call. */
  readonly name: string;
  /** needs, strategy, matrix, inputs, vars, github. */
  readonly evaluation: Evaluation;
  readonly permissions: CallScope['permissions'];
  /** Aborted when the run is cancelled, or its matrix fails fast. */
  readonly cancel: AbortSignal;
  /** A job before it was run again. */
  readonly dirty: boolean;
}

/** Runs a job of the workflow file: condition, matrix, and each combination by itself. */
export async function runNode(
  execution: RunExecution,
  scope: CallScope,
  job: Job,
  outcomes: ReadonlyMap<string, JobOutcome>,
): Promise<JobOutcome> {
  const evaluation = nodeEvaluation(execution, scope, job, outcomes);
  const dirty = scope.dirty || [...ancestors(scope.workflow, job)].some((id) => outcomes.get(id)?.fresh === true);
  const plainName = `${scope.prefix}${literalText(job.name) ?? job.id}`;
  try {
    if (!evaluateIf(job.if, evaluation)) return await skip(execution, scope, job, plainName);
    const combinations = matrixOf(job, evaluation);
    const outcome = await runCombinations(execution, scope, job, evaluation, combinations, dirty);
    return outcome;
  } catch (error) {
    await openCompleted(execution, job, plainName, 'failure', messageOf(error));
    execution.results.push('failure');
    return { result: 'failure', outputs: {}, fresh: true };
  }
}

function nodeEvaluation(
  execution: RunExecution,
  scope: CallScope,
  job: Job,
  outcomes: ReadonlyMap<string, JobOutcome>,
): Evaluation {
  const before = [...ancestors(scope.workflow, job)].map((id) => outcomes.get(id)?.result);
  const cancelled = (): boolean => scope.cancel.aborted;
  const needs = Object.fromEntries(
    job.needs.map((id) => {
      const outcome = [...outcomes].find(([key]) => key.toLowerCase() === id.toLowerCase())?.[1];
      return [id, { result: outcome?.result ?? 'skipped', outputs: outcome?.outputs ?? {} }];
    }),
  );
  const server = serverEvaluation(execution, scope);
  return {
    contexts: { ...server.contexts, needs },
    status: {
      success: () => !cancelled() && before.every((result) => result === 'success'),
      failure: () => !cancelled() && before.includes('failure'),
      cancelled,
    },
  };
}

function matrixOf(job: Job, evaluation: Evaluation): readonly (MatrixCombination | undefined)[] {
  if (job.strategy?.matrix === undefined) return [undefined];
  try {
    const combinations = expandMatrix(evaluateValue(job.strategy.matrix, evaluation));
    return combinations.length === 0 ? [undefined] : combinations;
  } catch (error) {
    const { file, line, column } = job.strategy.matrix.at;
    const place = line === undefined ? file : `${file} (Line: ${line}, Col: ${column})`;
    const message = `Error when evaluating 'strategy' for job '${job.id}'. ${place}: ${messageOf(error)}`;
    throw new TrunklineError('WORKFLOW_INVALID', message, { cause: error });
  }
}

async function runCombinations(
  execution: RunExecution,
  scope: CallScope,
  job: Job,
  evaluation: Evaluation,
  combinations: readonly (MatrixCombination | undefined)[],
  dirty: boolean,
): Promise<JobOutcome> {
  const failFast = truthy(evaluateValue(job.strategy?.failFast, evaluation) ?? true);
  const maxParallel = Number(evaluateValue(job.strategy?.maxParallel, evaluation) ?? combinations.length);
  const slots = new Slots(Math.max(1, maxParallel));
  const stop = new AbortController();
  const cancel = AbortSignal.any([stop.signal, cancellation(execution, scope, job, evaluation)]);
  const outputs: Record<string, string> = {};
  const ended = await Promise.all(
    combinations.map(async (combination, index) => {
      const leaf: Leaf = {
        scope,
        definition: job,
        permissions: effectivePermissions(scope.workflow, job, scope.permissions),
        cancel,
        dirty,
        ...named(scope, job, combination, {
          ...evaluation,
          contexts: {
            ...evaluation.contexts,
            matrix: combination?.values ?? null,
            strategy: {
              'fail-fast': failFast,
              'job-index': index,
              'job-total': combinations.length,
              'max-parallel': maxParallel,
            },
          },
        }),
      };
      const release = await slots.take(execution.kill.signal);
      const outcome = await (job.uses !== undefined ? callWorkflow(execution, leaf) : runLeaf(execution, leaf));
      release?.();
      if (outcome.result === 'failure' && failFast && combinations.length > 1) stop.abort();
      for (const [name, value] of Object.entries(outcome.outputs)) {
        if (value !== '' || outputs[name] === undefined) outputs[name] = value;
      }
      return outcome;
    }),
  );
  return {
    result: combineResults(ended.map((outcome) => outcome.result)),
    outputs,
    fresh: ended.some((outcome) => outcome.fresh),
  };
}

/**
 * Aborted with the run, unless the job's condition holds even then: GitHub judges it again for jobs under way
 * (docs.github.com, "Workflow cancellation reference").
 */
function cancellation(execution: RunExecution, scope: CallScope, job: Job, evaluation: Evaluation): AbortSignal {
  const own = new AbortController();
  const judge = (): void => {
    if (!evaluateIf(job.if, evaluation)) own.abort();
  };
  if (!scope.cancel.aborted) scope.cancel.addEventListener('abort', judge, { once: true });
  return AbortSignal.any([own.signal, execution.kill.signal]);
}

/** The leaf's name: `name:` evaluated, or the key; a matrix adds its values unless the name is an expression. */
function named(
  scope: CallScope,
  job: Job,
  combination: MatrixCombination | undefined,
  evaluation: Evaluation,
): Pick<Leaf, 'name' | 'evaluation'> {
  const given = evaluateText(job.name, evaluation);
  const base = given === undefined || given.trim() === '' ? job.id : given;
  const shown = combination === undefined || hasExpression(job.name) ? base : matrixJobName(base, combination);
  return { name: `${scope.prefix}${shown}`, evaluation };
}

async function skip(execution: RunExecution, scope: CallScope, job: Job, name: string): Promise<JobOutcome> {
  const result = scope.cancel.aborted ? 'cancelled' : 'skipped';
  await openCompleted(execution, job, name, result);
  execution.results.push(result);
  return { result, outputs: {}, fresh: false };
}

/** Records a job that is not run. */
export async function openCompleted(
  execution: RunExecution,
  job: Job,
  name: string,
  conclusion: Conclusion,
  message?: string,
): Promise<void> {
  const record = await openJob(execution, { name, jobId: job.id, labels: [], conclusion });
  const { report, ports } = execution.options;
  if (message !== undefined) await sayWhyNot(execution, record, message);
  report({
    kind: 'job',
    at: ports.clock.now(),
    run: execution.record,
    job: { ...record, status: 'completed', conclusion },
  });
}

/** Why a job was not run: beside its check, in its log, and to whoever watches. */
export async function sayWhyNot(execution: RunExecution, job: JobRecord, message: string): Promise<void> {
  const { service, report, ports } = execution.options;
  const at = ports.clock.now();
  const text = `##[error]${message}`;
  await service.setJob(job.id, { annotations: [{ level: 'failure', message }] });
  service.log(job.id, `${new Date(at).toISOString()} ${text}\n`);
  report({ kind: 'line', at, run: execution.record, job, text });
}

export async function openJob(execution: RunExecution, job: NewJob): Promise<JobRecord> {
  // After an interruption the forge has the job already.
  const known = execution.again === 'unfinished' ? execution.previous.find((old) => old.name === job.name) : undefined;
  if (known !== undefined) return known;
  const [record] = await execution.options.service.openJobs(execution.run.id, [job]);
  if (record === undefined) throw new Error(`The forge opened no job for ${job.name}`);
  return record;
}
