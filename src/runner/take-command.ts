import { TrunklineError } from '../errors.ts';
import type { RunnerCommand, WorkflowEvent } from '../protocol/event.ts';
import type { JobRecord, RunRecord } from '../protocol/run.ts';
import type { RunService } from '../protocol/run-service.ts';
import type { Workflow } from '../workflow/model.ts';
import { parseWorkflow } from '../workflow/parse-workflow.ts';
import { type RunExecution, type RunRequest, serverEvaluation } from './execute-run.ts';
import { evaluateText } from './job/evaluation.ts';
import { messageOf } from './job/run-step.ts';
import type { Parse } from './parsed-workflows.ts';
import { planEvent } from './plan-event.ts';
import type { RunnerOptions } from './runner.ts';
import { typedInputs } from './workflow-inputs.ts';

const lost =
  'The hosted runner lost communication with the server. Anything in your workflow that terminates the runner process, starves it for CPU/Memory, or blocks its network access can cause this error.';

/** Carries out what the forge wants: an event's runs, a cancellation, another attempt. */
export async function takeCommand(
  options: RunnerOptions,
  command: RunnerCommand,
  runs: ReadonlyMap<number, RunExecution>,
  begin: (request: RunRequest) => Promise<void>,
  parse: Parse,
): Promise<void> {
  switch (command.kind) {
    case 'event':
      return startEvent(options, command.event, begin, parse);
    case 'cancel': {
      const execution = runs.get(command.runId);
      execution?.cancel.abort();
      if (command.force) execution?.kill.abort();
      return;
    }
    case 'rerun': {
      const { run, event, jobs, debug } = command;
      const workflow = await readWorkflow(options.service, run, event);
      const previous = await options.service.previousJobs(run.id);
      if (workflow === undefined) return failRun(options, run);
      return begin({ run, event, workflow, inputs: dispatchInputs(workflow, event), previous, again: jobs, debug });
    }
  }
}

async function startEvent(
  options: RunnerOptions,
  event: WorkflowEvent,
  begin: (request: RunRequest) => Promise<void>,
  parse: Parse,
): Promise<void> {
  const { service, report, ports } = options;
  const planned = await planEvent(service, event, parse);
  const runs = await service.openRuns(
    event.id,
    planned.map((one) => one.newRun),
  );
  for (const opened of runs) {
    // The forge opens no runs of workflows that are disabled: what it opened says which they are.
    const plan = planned.find((one) => one.newRun.path === opened.path);
    const refusal = plan?.newRun.startupFailure ?? opened.refusal;
    report({
      kind: 'run',
      at: ports.clock.now(),
      run: opened,
      ...(refusal === undefined ? {} : { message: refusal }),
    });
    const workflow = plan?.workflow;
    // One that is completed already was not let start, or waits for somebody's approval.
    if (workflow === undefined || opened.status === 'completed') continue;
    try {
      const inputs = dispatchInputs(workflow, event);
      const run = await titled(options, opened, event, workflow, inputs);
      await begin({ run, event, workflow, inputs, previous: [], again: 'all', debug: false });
    } catch (error) {
      // GitHub refuses such a dispatch before it opens a run.
      if (!(error instanceof TrunklineError)) throw error;
      await failRun(options, opened);
      const run: RunRecord = { ...opened, status: 'completed', conclusion: 'startup_failure' };
      report({ kind: 'run', at: ports.clock.now(), run, message: error.message });
    }
  }
}

/** `run-name`, which may speak of the run's number. */
async function titled(
  options: RunnerOptions,
  run: RunRecord,
  event: WorkflowEvent,
  workflow: Workflow,
  inputs: Readonly<Record<string, unknown>>,
): Promise<RunRecord> {
  if (workflow.runName === undefined) return run;
  const variables = await options.service.variables(run.repository);
  const evaluation = serverEvaluation({ run, event, options, variables }, { inputs });
  try {
    const title = evaluateText(workflow.runName, evaluation)?.trim() ?? '';
    if (title === '') return run;
    await options.service.setRun(run.id, { status: run.status, title });
    return { ...run, title };
  } catch {
    // GitHub shows the default title where run-name fails.
    return run;
  }
}

function dispatchInputs(workflow: Workflow, event: WorkflowEvent): Readonly<Record<string, unknown>> {
  const declared = workflow.on.workflowDispatch?.inputs;
  const given = event.payload['inputs'];
  if (event.name !== 'workflow_dispatch' || declared === undefined) return {};
  const values = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
  return typedInputs(declared, values, {
    contexts: {},
    status: { success: () => true, failure: () => false, cancelled: () => false },
  });
}

async function readWorkflow(service: RunService, run: RunRecord, event: WorkflowEvent): Promise<Workflow | undefined> {
  const files = await service.workflows(run.repository, event.workflowSha);
  const file = files.find((one) => one.path === run.path);
  return file === undefined ? undefined : parseWorkflow(file).workflow;
}

async function failRun(options: RunnerOptions, run: RunRecord): Promise<void> {
  await options.service.setRun(run.id, { status: 'completed', conclusion: 'startup_failure' });
}

/** What an earlier runner left: jobs that ran are lost and may be run again, jobs that waited go on. */
export async function resumeRuns(options: RunnerOptions, begin: (request: RunRequest) => Promise<void>): Promise<void> {
  const { service } = options;
  for (const { run, event, jobs } of await service.unfinished()) {
    const previous: JobRecord[] = [];
    for (const job of jobs) {
      if (job.status !== 'in_progress') {
        previous.push(job);
        continue;
      }
      await service.setJob(job.id, {
        status: 'completed',
        conclusion: 'failure',
        annotations: [{ level: 'failure', message: lost }],
      });
      previous.push({ ...job, status: 'completed', conclusion: 'failure' });
    }
    const workflow = await readWorkflow(service, run, event);
    if (workflow === undefined) {
      await failRun(options, run);
      continue;
    }
    try {
      await begin({
        run,
        event,
        workflow,
        inputs: dispatchInputs(workflow, event),
        previous,
        again: 'unfinished',
        debug: false,
      });
    } catch (error) {
      options.report({
        kind: 'run',
        at: options.ports.clock.now(),
        run: { ...run, title: `${run.title}: ${messageOf(error)}` },
      });
    }
  }
}
