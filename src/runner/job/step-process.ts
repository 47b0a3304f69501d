import { delimiter } from 'node:path';
import type { HostProgram, JobContainers } from '../containers/job-containers.ts';
import { runProcess } from '../process/run-process.ts';
import type { CommandEffects } from './command-reader.ts';
import { CommandReader } from './command-reader.ts';
import { githubEnvironment } from './github-context.ts';
import type { JobSession, StepContext, StepScope } from './job-session.ts';
import { applyStepFiles, type StepFiles } from './step-files.ts';

/** Where a step's commands lead. */
export interface StepSink {
  readonly effects: CommandEffects & { addSummary(markdown: string): void };
  /** Whether a command failed the step. */
  failed: boolean;
}

export function stepSink(session: JobSession, context: StepContext, state: Map<string, string>): StepSink {
  const sink: StepSink = {
    failed: false,
    effects: {
      setOutput: (name, value) => {
        context.outputs[name] = value;
      },
      saveState: (name, value) => {
        state.set(name, value);
      },
      setEnv: (name, value) => {
        // GITHUB_* and RUNNER_* may be named; the runner sets its own over them for every process.
        session.env.set(name, value);
      },
      addPath: (folder) => {
        const at = session.path.indexOf(folder);
        if (at >= 0) session.path.splice(at, 1);
        session.path.push(folder);
      },
      addMask: (value) => session.masker.add(value),
      addSummary: (markdown) => {
        session.summaries.push(session.masker.mask(markdown));
      },
      fail: () => {
        sink.failed = true;
      },
    },
  };
  return sink;
}

export interface StepProcess {
  readonly session: JobSession;
  readonly scope: Pick<StepScope, 'github'>;
  readonly context: StepContext;
  readonly state: Map<string, string>;
  /** The step's `env` context. */
  readonly env: Readonly<Record<string, string>>;
  /** Only this process sees these. */
  readonly extraEnv: Readonly<Record<string, string>>;
  readonly action: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** The step's own; by default the process gets some for itself. */
  readonly files?: () => StepFiles;
  readonly github?: Readonly<Record<string, unknown>>;
  /** The container it runs in; by default the job's, where it has one. */
  readonly container?: Pick<JobContainers, 'hostPath'>;
  /** The program as it is really started; by default in the job's container, where it has one. */
  readonly wrap?: (program: HostProgram) => Promise<HostProgram>;
}

/** Runs a step's program with its whole environment, its commands and its files. */
export async function runStepProcess(request: StepProcess): Promise<{ exitCode: number; failed: boolean }> {
  const { session } = request;
  const files = request.files?.() ?? session.files.make();
  const sink = stepSink(session, request.context, request.state);
  const container = request.container ?? session.inContainer;
  const reader = new CommandReader({
    ...(container === undefined ? {} : { hostPath: (path) => container.hostPath(path) }),
    log: session.log,
    effects: sink.effects,
    workspace: session.folders.workspace,
    matchers: session.matchers,
    env: request.env,
  });
  const started = performance.now();
  let code: number;
  try {
    const { file, args, cwd } = request;
    const program = await startable(request, { file, args, cwd, env: processEnvironment(request, files) });
    const { exitCode } = await runProcess({
      ...program,
      onLines: (lines) => reader.lines(lines),
      signal: request.signal,
      grace: session.grace,
      kill: session.kill,
      programs: session.programs,
    });
    code = exitCode;
  } finally {
    session.commandMs += performance.now() - started;
    applyStepFiles(files, sink.effects, session.log);
    if (request.files === undefined) session.files.release(files);
  }
  // Only now: its files may have failed it.
  return { exitCode: code, failed: sink.failed };
}

async function startable({ session, wrap }: StepProcess, program: HostProgram): Promise<HostProgram> {
  if (wrap !== undefined) return wrap(program);
  return session.inContainer === undefined ? program : session.inContainer.exec(program, session.path.toReversed());
}

function processEnvironment(request: StepProcess, files: StepFiles): Record<string, string> {
  const { session } = request;
  const github = {
    ...(session.contexts['github'] as Record<string, unknown>),
    action: request.action,
    ...request.scope.github,
    ...request.github,
    ...files.context,
  };
  const env = stepEnvironment(session, request.env);
  return { ...env, ...githubEnvironment(github), ...request.extraEnv };
}

/** All but GITHUB_*: base, the step's own, what no step may change once more, PATH with what steps put before it. */
export function stepEnvironment(session: JobSession, env: Readonly<Record<string, string>>): Record<string, string> {
  const fixed = Object.entries(session.base).filter(([name]) => /^(?:RUNNER_|GITHUB_ACTIONS$)/.test(name));
  const merged: Record<string, string> = { ...session.base, ...env, ...Object.fromEntries(fixed) };
  merged['PATH'] = [...session.path.toReversed(), merged['PATH'] ?? ''].join(delimiter);
  if (session.grant.idToken !== undefined) {
    merged['ACTIONS_ID_TOKEN_REQUEST_URL'] = session.grant.idToken.url;
    merged['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] = session.grant.idToken.token;
  }
  return merged;
}
