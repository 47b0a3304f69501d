import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowEvent } from '../protocol/event.ts';
import type { Conclusion, JobRecord, RunRecord } from '../protocol/run.ts';
import type { Job, Workflow } from '../workflow/model.ts';
import type { ActionFinder } from './actions/find-action.ts';
import type { CallScope, JobOutcome } from './call-scope.ts';
import type { ConcurrencyGroups, GroupAnswer } from './concurrency-groups.ts';
import { type Evaluation, evaluateText, evaluateValue, noStatus, truthy } from './job/evaluation.ts';
import { githubContext, workflowRef } from './job/github-context.ts';
import { messageOf } from './job/run-step.ts';
import type { SpentFolders } from './job/spent-folders.ts';
import type { Programs } from './process/programs.ts';
import { runConclusion } from './run-conclusion.ts';
import { runNode } from './run-node.ts';
import type { RunnerOptions } from './runner.ts';
import type { Slots } from './slots.ts';

/** What all runs of a runner share. */
export interface RunnerShared {
  readonly options: RunnerOptions;
  readonly finder: ActionFinder;
  readonly programs: Programs;
  readonly groups: ConcurrencyGroups;
  readonly slots: Slots;
  readonly spent: SpentFolders;
}

export interface RunRequest {
  readonly run: RunRecord;
  readonly event: WorkflowEvent;
  readonly workflow: Workflow;
  /** Inputs of a dispatch, typed as the workflow declares them. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Jobs of before: of the attempt that is run again, or of a run that the lab's end interrupted. */
  readonly previous: readonly JobRecord[];
  readonly again: 'all' | 'failed' | 'unfinished' | number;
  readonly debug: boolean;
}

/** A run under way. */
export interface RunExecution extends RunnerShared, RunRequest {
  readonly variables: Readonly<Record<string, string>>;
  /** Aborted when the run is cancelled. */
  readonly cancel: AbortController;
  /** Aborted when nothing more may run. */
  readonly kill: AbortController;
  /** Results of all jobs that count for the run. */
  readonly results: JobOutcome['result'][];
  /** The run as it was last told. */
  record: RunRecord;
  started: boolean;
}

export function newExecution(
  shared: RunnerShared,
  request: RunRequest,
  variables: Readonly<Record<string, string>>,
): RunExecution {
  const cancel = new AbortController();
  const kill = new AbortController();
  // Each job listens.
  setMaxListeners(0, cancel.signal, kill.signal);
  return {
    ...shared,
    ...request,
    variables,
    cancel,
    kill,
    results: [],
    record: request.run,
    started: false,
  };
}

/** Carries a run from queued to its conclusion. Resolves when the forge has recorded it. */
export async function executeRun(execution: RunExecution): Promise<void> {
  let held: GroupAnswer | undefined;
  let conclusion: Conclusion;
  try {
    const group = workflowGroup(execution);
    if (group !== undefined) {
      const asked = execution.groups.enter(
        {
          repository: execution.run.repository.fullName,
          ...group,
          cancel: () => execution.cancel.abort(),
        },
        execution.cancel.signal,
      );
      held = await firstOrPending(asked, () => changeRun(execution, { status: 'pending' }));
    }
    if (held?.entered === false) {
      conclusion = 'cancelled';
    } else {
      await runNodes(execution, rootScope(execution, group?.group));
      conclusion = runConclusion(execution.results, execution.cancel.signal.aborted);
    }
  } catch (error) {
    // What a job does never throws: this is the workflow's own expressions.
    conclusion = 'startup_failure';
    await reportFailure(execution, messageOf(error));
  }
  await changeRun(execution, { status: 'completed', conclusion });
  if (held?.entered === true) held.leave();
}

async function reportFailure(execution: RunExecution, message: string): Promise<void> {
  const [job] = await execution.options.service.openJobs(execution.run.id, [
    { name: execution.run.workflowName, jobId: '', labels: [], conclusion: 'failure' },
  ]);
  if (job === undefined) return;
  await execution.options.service.setJob(job.id, { annotations: [{ level: 'failure', message }] });
}

/** Milliseconds after which a wait is worth telling. */
const noticeable = 10;

/** Tells of the wait if the answer does not come at once. */
export async function firstOrPending<T>(asked: Promise<T>, wait: () => Promise<void>): Promise<T> {
  const none = Symbol('none');
  const first = await Promise.race([asked, delay(noticeable, none)]);
  if (first !== none) return asked;
  await wait();
  return asked;
}

export async function changeRun(
  execution: RunExecution,
  change: { status: RunRecord['status']; conclusion?: Conclusion },
): Promise<void> {
  const { options } = execution;
  await options.service.setRun(execution.run.id, change);
  const at = options.ports.clock.now();
  execution.record = {
    ...execution.record,
    status: change.status,
    conclusion: change.conclusion ?? null,
    updatedAt: new Date(at).toISOString(),
  };
  options.report({ kind: 'run', at, run: execution.record });
}

/** `github`, `inputs` and `vars`, for what is judged before any job runs. */
export function serverEvaluation(
  execution: Pick<RunExecution, 'run' | 'event' | 'options' | 'variables'>,
  scope: Pick<CallScope, 'inputs'>,
): Evaluation {
  const { run, event, options, variables } = execution;
  return {
    contexts: { github: githubContext({ run, event, urls: options.urls }), inputs: scope.inputs, vars: variables },
    status: noStatus,
  };
}

function workflowGroup(
  execution: RunExecution,
): { group: string; cancelInProgress: boolean; queue: 'single' | 'max' } | undefined {
  const { concurrency } = execution.workflow;
  return evaluateGroup(concurrency, serverEvaluation(execution, { inputs: execution.inputs }));
}

/** `concurrency:` evaluated; undefined where there is none or its group is empty. */
export function evaluateGroup(
  concurrency: Workflow['concurrency'],
  evaluation: Evaluation,
): { group: string; cancelInProgress: boolean; queue: 'single' | 'max' } | undefined {
  if (concurrency === undefined) return undefined;
  const group = evaluateText(concurrency.group, evaluation) ?? '';
  if (group === '') return undefined;
  return {
    group,
    cancelInProgress: truthy(evaluateValue(concurrency.cancelInProgress, evaluation)),
    queue: concurrency.queue ?? 'single',
  };
}

function rootScope(execution: RunExecution, group: string | undefined): CallScope {
  const { workflow, run, event } = execution;
  return {
    workflow,
    repository: run.repository.fullName,
    sha: event.workflowSha,
    ref: workflowRef(run, event),
    prefix: '',
    inputs: execution.inputs,
    secrets: undefined,
    permissions: undefined,
    level: 1,
    groups: group === undefined ? [] : [group],
    cancel: execution.cancel.signal,
    dirty: execution.again === 'all',
  };
}

/** Runs all jobs of a workflow, each as soon as what it needs is there. */
export async function runNodes(execution: RunExecution, scope: CallScope): Promise<ReadonlyMap<string, JobOutcome>> {
  const running = new Map<string, Promise<JobOutcome>>();
  const outcomes = new Map<string, JobOutcome>();
  const start = (job: Job): Promise<JobOutcome> => {
    const known = running.get(job.id);
    if (known !== undefined) return known;
    const promise = (async () => {
      await Promise.all(needed(scope.workflow, job).map(start));
      const outcome = await runNode(execution, scope, job, outcomes);
      outcomes.set(job.id, outcome);
      return outcome;
    })();
    running.set(job.id, promise);
    return promise;
  };
  await Promise.all(scope.workflow.jobs.map(start));
  return outcomes;
}

function needed(workflow: Workflow, job: Job): readonly Job[] {
  return job.needs.flatMap((id) => workflow.jobs.find((other) => other.id.toLowerCase() === id.toLowerCase()) ?? []);
}

/** All jobs before this one, however far. */
export function ancestors(workflow: Workflow, job: Job): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (one: Job): void => {
    for (const before of needed(workflow, one)) {
      if (found.has(before.id)) continue;
      found.add(before.id);
      visit(before);
    }
  };
  visit(job);
  return found;
}
