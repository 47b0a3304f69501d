import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Masker } from '../../github/masks.ts';
import type { WorkflowEvent } from '../../protocol/event.ts';
import type { Conclusion, JobGrant, JobRecord, RunRecord } from '../../protocol/run.ts';
import type { Job, Workflow } from '../../workflow/model.ts';
import { type ActionFinder, rememberActions } from '../actions/find-action.ts';
import { JobContainers } from '../containers/job-containers.ts';
import { once } from '../once.ts';
import type { Programs } from '../process/programs.ts';
import { githubGrace } from '../process/run-process.ts';
import { sweepOrphans } from '../process/sweep-orphans.ts';
import type { RunnerOptions } from '../runner.ts';
import { baseEnvironment, runnerContext } from './base-environment.ts';
import { githubContext } from './github-context.ts';
import { endEvaluation, jobOutputs, readEnvironmentUrl } from './job-end.ts';
import { makeJobFolders } from './job-folders.ts';
import { JobLog } from './job-log.ts';
import type { JobSession } from './job-session.ts';
import { ProblemMatchers } from './problem-matchers.ts';
import { messageOf } from './run-step.ts';
import { runSteps } from './run-steps.ts';
import { setUpJob } from './set-up-job.ts';
import type { SpentFolders } from './spent-folders.ts';
import { StepFileMaker } from './step-files.ts';
import { StepRecorder } from './step-recorder.ts';

/** A job that may start: all that was decided about it before. */
export interface JobRequest {
  readonly options: RunnerOptions;
  readonly finder: ActionFinder;
  readonly programs: Programs;
  readonly spent: SpentFolders;
  readonly run: RunRecord;
  readonly event: WorkflowEvent;
  readonly job: JobRecord;
  readonly workflow: Workflow;
  readonly definition: Job;
  readonly grant: JobGrant;
  /** Secrets that the job sees; for a called workflow what its caller passed. */
  readonly secrets: Readonly<Record<string, string>>;
  /** needs, strategy, matrix, inputs, vars. */
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly jobWorkflow: {
    readonly ref: string;
    readonly sha: string;
    readonly repository: string;
    readonly path: string;
  };
  readonly timeoutMinutes: number;
  /** How long a cancelled job may still take. */
  readonly cancelTimeoutMinutes: number;
  readonly debug: boolean;
  /** Aborted on cancellation. */
  readonly cancel: AbortSignal;
  /** Aborted when nothing more may run. */
  readonly kill: AbortSignal;
}

export interface JobEnd {
  readonly conclusion: Extract<Conclusion, 'success' | 'failure' | 'cancelled'>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Runs a job's steps in folders of its own and records everything on the forge. Never throws for what a job does. */
export async function runJob(request: JobRequest): Promise<JobEnd> {
  const { options, run, job, event, grant } = request;
  const { service, report, ports } = options;
  const folders = await makeJobFolders(options.folder, job.id, run.repository.name);
  const masker = new Masker();
  for (const secret of [grant.token, grant.idToken?.token, grant.runtime?.token, ...Object.values(request.secrets)]) {
    if (secret !== undefined) masker.add(secret);
  }
  const log = new JobLog({
    masker,
    clock: ports.clock,
    debug: request.debug,
    write: (text) => service.log(job.id, text),
    show: (text) => report({ kind: 'line', at: ports.clock.now(), run, job, text }),
  });
  const writes: Promise<void>[] = [];
  const recorder = new StepRecorder(ports.clock, masker, (steps, step, commandMs) => {
    const write = service.setJob(job.id, { steps });
    write.catch(() => undefined);
    writes.push(write);
    report({
      kind: 'step',
      at: ports.clock.now(),
      run,
      job: { ...job, status: 'in_progress', steps },
      step,
      ...(commandMs === undefined ? {} : { commandMs }),
    });
  });
  const trackingId = `github_${randomUUID()}`;
  const identity = { name: job.runnerName ?? 'lab', trackingId, debug: request.debug };
  const runner = runnerContext(identity, folders);
  const eventPath = join(folders.temp, '_github_workflow', 'event.json');
  await mkdir(join(folders.temp, '_github_workflow'));
  await writeFile(eventPath, JSON.stringify(event.payload, undefined, 2), { mode: 0o600 });
  const github = githubContext({
    run,
    event,
    urls: options.urls,
    job: { id: job.jobId, workspace: folders.workspace, eventPath, token: grant.token },
  });
  const cancel = new AbortController();
  const overdue = new AbortController();
  const base = { ...baseEnvironment(ports.env, runner, identity, folders), ...options.jobEnv(job, run) };
  const session: JobSession = {
    run,
    job,
    event,
    grant,
    folders,
    log,
    masker,
    clock: ports.clock,
    grace: options.grace ?? githubGrace,
    finder: rememberActions(request.finder, request.workflow.pins),
    states: new Map(),
    files: new StepFileMaker(folders.commands),
    matchers: new ProblemMatchers(folders.workspace, (message) => log.warning(message)),
    programs: request.programs,
    directGit: options.urls.git,
    replaceScript: options.replaceScript,
    containers: once(async () => {
      const engine = await options.engine?.();
      if (engine === undefined) return undefined;
      const containers = new JobContainers({
        engine,
        jobId: job.id,
        folders,
        actions: join(options.folder, 'actions'),
        log,
        base,
        github,
        signal: AbortSignal.any([request.cancel, request.kill, cancel.signal]),
      });
      session.endings.push(() => containers.close());
      return containers;
    }),
    inContainer: undefined,
    endings: [],
    base,
    env: new Map(),
    path: [],
    contexts: {
      ...request.contexts,
      github,
      runner,
      secrets: { ...request.secrets, github_token: grant.token },
      job: {
        check_run_id: job.id,
        status: 'success',
        workflow_ref: request.jobWorkflow.ref,
        workflow_sha: request.jobWorkflow.sha,
        workflow_repository: request.jobWorkflow.repository,
        workflow_file_path: request.jobWorkflow.path,
      },
    },
    posts: [],
    summaries: [],
    status: 'success',
    cancel: AbortSignal.any([request.cancel, cancel.signal]),
    kill: AbortSignal.any([request.kill, overdue.signal]),
    commandMs: 0,
  };
  setMaxListeners(0, session.cancel, session.kill);
  let ending: NodeJS.Timeout | undefined;
  if (session.cancel.aborted) session.status = 'cancelled';
  session.cancel.addEventListener('abort', () => {
    session.status = 'cancelled';
    ending = setTimeout(() => overdue.abort(), delayOf(request.cancelTimeoutMinutes));
  });
  const limit = setTimeout(() => {
    log.error(
      `The job running on runner ${identity.name} has exceeded the maximum execution time of ${request.timeoutMinutes} minutes.`,
    );
    cancel.abort();
  }, delayOf(request.timeoutMinutes));
  let outputs: Record<string, string> = {};
  let environmentUrl: string | undefined;
  try {
    const ready = await setUpJob(session, request, recorder);
    if (ready !== undefined) {
      await runSteps(session, request.definition.steps, ready, recorder);
      const evaluation = endEvaluation(session, ready.scope);
      outputs = jobOutputs(session, request.definition, evaluation);
      environmentUrl = readEnvironmentUrl(session, request.definition, evaluation);
    }
  } catch (error) {
    session.status = session.status === 'cancelled' ? 'cancelled' : 'failure';
    log.error(messageOf(error));
  } finally {
    clearTimeout(limit);
    clearTimeout(ending);
  }
  await endContainers(session, recorder);
  const last = recorder.begin('Complete job', 'real');
  for (const orphan of await sweepOrphans(trackingId))
    log.line(`Terminate orphan process: pid (${orphan.replace(' ', ') (')})`);
  recorder.end(last, 'success', 'real', 0);
  await Promise.all(writes);
  await service.setJob(job.id, {
    annotations: log.annotations,
    outputs,
    ...(session.summaries.length === 0 ? {} : { summary: session.summaries.join('') }),
    ...(environmentUrl === undefined || environmentUrl === '' ? {} : { environmentUrl }),
  });
  if (options.keepJobs !== true) request.spent.add(folders.root);
  return { conclusion: session.status, outputs };
}

/** What runs besides the steps ends with the job, however the job ends. */
async function endContainers(session: JobSession, recorder: StepRecorder): Promise<void> {
  if (session.endings.length === 0) return;
  const at = recorder.begin('Stop containers', 'real');
  for (let end = session.endings.pop(); end !== undefined; end = session.endings.pop()) {
    await end().catch((error: unknown) => session.log.warning(messageOf(error)));
  }
  recorder.end(at, 'success', 'real', 0);
}

/** Milliseconds, as far as timers go. */
function delayOf(minutes: number): number {
  return Math.min(minutes * 60_000, 2 ** 31 - 1);
}
