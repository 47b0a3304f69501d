import { TrunklineError } from '../errors.ts';
import type { GrantRequest, JobGrant, JobRecord } from '../protocol/run.ts';
import type { CallScope, JobOutcome } from './call-scope.ts';
import { changeRun, evaluateGroup, firstOrPending, type RunExecution } from './execute-run.ts';
import { evaluateText, evaluateValue, truthy } from './job/evaluation.ts';
import { runJob } from './job/run-job.ts';
import { messageOf } from './job/run-step.ts';
import { type Leaf, openJob, sayWhyNot } from './run-node.ts';
import { refuseUnsupported, runnerLabels } from './runner-labels.ts';

/** GitHub's default for `timeout-minutes` of a job. */
const defaultTimeout = 360;
/** Minutes that a cancelled job's `always()` and post steps get before everything is killed. */
const defaultCancelTimeout = 5;

/** Runs one job of steps, from its place in the queue to its end on the forge; or takes over what it was before. */
export async function runLeaf(execution: RunExecution, leaf: Leaf): Promise<JobOutcome> {
  const before = execution.previous.find((job) => job.name === leaf.name);
  if (before !== undefined && keeps(execution, leaf, before)) return takeOver(execution, before);
  const { definition } = leaf;
  const labels = runnerLabels(evaluateValue(definition.runsOn, leaf.evaluation));
  const job = await openJob(execution, { name: leaf.name, jobId: definition.id, labels });
  tell(execution, job);
  const own = new AbortController();
  const end = await attempt(
    execution,
    { ...leaf, cancel: AbortSignal.any([leaf.cancel, own.signal]) },
    job,
    labels,
    () => own.abort(),
  );
  const { service } = execution.options;
  if (end.message !== undefined) await sayWhyNot(execution, job, end.message);
  await service.setJob(job.id, { status: 'completed', conclusion: end.result });
  tell(execution, { ...job, status: 'completed', conclusion: end.result, outputs: end.outputs });
  const forgiven = end.result === 'failure' && truthy(evaluateValue(definition.continueOnError, leaf.evaluation));
  const result = forgiven ? 'success' : end.result;
  execution.results.push(result);
  return { result, outputs: end.outputs, fresh: true };
}

/** Whether a job of the attempt before stands as it is. */
function keeps(execution: RunExecution, leaf: Leaf, before: JobRecord): boolean {
  if (before.conclusion === null) return false;
  if (execution.again !== 'unfinished' && leaf.dirty) return false;
  switch (execution.again) {
    case 'all':
      return false;
    case 'failed':
      return before.conclusion === 'success' || before.conclusion === 'skipped';
    case 'unfinished':
      return true;
    default:
      return before.id !== execution.again;
  }
}

async function takeOver(execution: RunExecution, before: JobRecord): Promise<JobOutcome> {
  const { conclusion } = before;
  const result =
    conclusion === 'success' || conclusion === 'skipped' || conclusion === 'cancelled' ? conclusion : 'failure';
  if (execution.again !== 'unfinished') {
    const job = await openJob(execution, {
      name: before.name,
      jobId: before.jobId,
      labels: before.labels,
      conclusion: result,
    });
    await execution.options.service.setJob(job.id, { outputs: before.outputs, steps: before.steps });
  }
  execution.results.push(result);
  return { result, outputs: before.outputs, fresh: false };
}

interface End {
  readonly result: 'success' | 'failure' | 'cancelled';
  readonly outputs: Readonly<Record<string, string>>;
  /** For a job that never ran. */
  readonly message?: string;
}

async function attempt(
  execution: RunExecution,
  leaf: Leaf,
  job: JobRecord,
  labels: readonly string[],
  cancel: () => void,
): Promise<End> {
  const releases: (() => void)[] = [];
  try {
    refuseUnsupported(execution, leaf, labels);
    const refused = await waitForTurn(execution, leaf, job, cancel, releases);
    if (refused !== undefined) return refused;
    return await start(execution, leaf, job);
  } catch (error) {
    if (leaf.cancel.aborted) return { result: 'cancelled', outputs: {} };
    return { result: 'failure', outputs: {}, message: withHint(error) };
  } finally {
    for (const release of releases.reverse()) release();
  }
}

/** Concurrency, then the environment, then a place on this machine. Answers how the job ended if it never starts. */
async function waitForTurn(
  execution: RunExecution,
  leaf: Leaf,
  job: JobRecord,
  cancel: () => void,
  releases: (() => void)[],
): Promise<End | undefined> {
  const { service } = execution.options;
  const group = evaluateGroup(leaf.definition.concurrency, leaf.evaluation);
  if (group !== undefined) {
    const held = leaf.scope.groups.find((name) => name.toLowerCase() === group.group.toLowerCase());
    if (held !== undefined) {
      const message = `Canceling since a deadlock for concurrency group '${group.group}' was detected between 'top level workflow' and '${leaf.definition.id}'`;
      return { result: 'cancelled', outputs: {}, message };
    }
    const asked = execution.groups.enter(
      { repository: execution.run.repository.fullName, ...group, cancel },
      leaf.cancel,
    );
    const answer = await firstOrPending(asked, () => setStatus(execution, job, 'pending'));
    if (!answer.entered) return { result: 'cancelled', outputs: {}, message: answer.reason };
    releases.push(answer.leave);
  }
  const environment = jobEnvironment(leaf);
  if (environment !== undefined) {
    const asked = service.enterEnvironment(job.id, environment, leaf.cancel);
    let waited = false;
    const answer = await firstOrPending(asked, () => {
      waited = true;
      return setStatus(execution, job, 'waiting');
    });
    if (leaf.cancel.aborted) return { result: 'cancelled', outputs: {} };
    if (!answer.entered) return { result: 'failure', outputs: {}, message: answer.reason };
    if (waited) await setStatus(execution, job, 'queued');
  }
  const release = await execution.slots.take(leaf.cancel);
  if (release === undefined) return { result: 'cancelled', outputs: {} };
  releases.push(release);
  return undefined;
}

function jobEnvironment(leaf: Leaf): { name: string; url?: string; deployment: boolean } | undefined {
  const { environment } = leaf.definition;
  if (environment === undefined) return undefined;
  const name = evaluateText(environment.name, leaf.evaluation) ?? '';
  return name === '' ? undefined : { name, deployment: environment.deployment ?? true };
}

async function start(execution: RunExecution, leaf: Leaf, job: JobRecord): Promise<End> {
  const { options, event } = execution;
  const { scope, definition } = leaf;
  const { clock } = options.ports;
  const environment = jobEnvironment(leaf);
  if (!execution.started) {
    execution.started = true;
    await changeRun(execution, { status: 'in_progress' });
  }
  const request: GrantRequest = {
    jobId: job.id,
    permissions: leaf.permissions,
    jobWorkflowRef: scope.ref,
    jobWorkflowSha: scope.sha,
    ...(environment === undefined ? {} : { environment: { name: environment.name } }),
  };
  const grant = await options.service.grant(request).catch((cause: unknown) => {
    throw new TrunklineError('LAB_FAILED', `the job's token and secrets could not be had: ${messageOf(cause)}`, {
      cause,
    });
  });
  const runnerName = `Trunkline lab ${job.id}`;
  await options.service.setJob(job.id, { status: 'in_progress', runnerName });
  const running: JobRecord = {
    ...job,
    runnerName,
    status: 'in_progress',
    startedAt: new Date(clock.now()).toISOString(),
  };
  tell(execution, running);
  const { conclusion, outputs } = await runJob({
    options,
    finder: execution.finder,
    programs: execution.programs,
    spent: execution.spent,
    run: execution.record,
    event,
    job: running,
    workflow: scope.workflow,
    definition,
    grant,
    secrets: visibleSecrets(scope, grant),
    contexts: { ...leaf.evaluation.contexts, vars: grant.variables },
    jobWorkflow: { ref: scope.ref, sha: scope.sha, repository: scope.repository, path: scope.workflow.path },
    cancelTimeoutMinutes: minutes(
      evaluateValue(definition.cancelTimeoutMinutes, leaf.evaluation),
      defaultCancelTimeout,
    ),
    timeoutMinutes: minutes(evaluateValue(definition.timeoutMinutes, leaf.evaluation), defaultTimeout),
    debug:
      execution.debug ||
      grant.secrets['ACTIONS_STEP_DEBUG'] === 'true' ||
      grant.variables['ACTIONS_STEP_DEBUG'] === 'true',
    cancel: leaf.cancel,
    kill: execution.kill.signal,
  });
  return { result: conclusion, outputs };
}

function minutes(value: unknown, otherwise: number): number {
  const number = Number(value ?? otherwise);
  return Number.isFinite(number) && number > 0 ? number : otherwise;
}

/**
 * What the job sees as `secrets`: all of its repository's; in a called workflow what the caller passed, and over that
 * the secrets of its own environment (docs.github.com, "Reuse workflows").
 */
function visibleSecrets(scope: CallScope, grant: JobGrant): Readonly<Record<string, string>> {
  if (scope.secrets === undefined) return grant.secrets;
  const shared = grant.callerSecrets ?? grant.secrets;
  const own = Object.entries(grant.secrets).filter(([name, value]) => shared[name] !== value);
  const covered = new Set(own.map(([name]) => name.toLowerCase()));
  const passed = Object.entries(scope.secrets({ ...shared, GITHUB_TOKEN: grant.token }));
  return Object.fromEntries([...passed.filter(([name]) => !covered.has(name.toLowerCase())), ...own]);
}

async function setStatus(
  execution: RunExecution,
  job: JobRecord,
  status: 'queued' | 'pending' | 'waiting',
): Promise<void> {
  await execution.options.service.setJob(job.id, { status });
  tell(execution, { ...job, status });
}

function tell(execution: RunExecution, job: JobRecord): void {
  const { report, ports } = execution.options;
  report({ kind: 'job', at: ports.clock.now(), run: execution.record, job });
}

function withHint(error: unknown): string {
  const hint = error instanceof TrunklineError && error.hint !== undefined ? ` (${error.hint})` : '';
  return `${messageOf(error)}${hint}`;
}
