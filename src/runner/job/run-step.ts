import type { Fidelity } from '../../protocol/run.ts';
import type { Step } from '../../workflow/model.ts';
import { runAction } from '../actions/run-action.ts';
import { type Evaluation, evaluateIf, evaluateText, evaluateTexts, evaluateValue, truthy } from './evaluation.ts';
import type { JobSession, StepContext, StepResult, StepScope } from './job-session.ts';
import { runScript } from './run-script.ts';
import { type StepFiles, stepFileKinds } from './step-files.ts';

export interface StepOutcome {
  /** Before continue-on-error. */
  readonly outcome: StepResult;
  readonly conclusion: StepResult;
  readonly fidelity: Fidelity;
}

/** A step as its handler sees it: everything evaluated that can be. */
export interface StepCall {
  readonly session: JobSession;
  readonly scope: StepScope;
  readonly step: Step;
  /** Unique in the scope; generated where the workflow gives none. */
  readonly id: string;
  /** The `env` context: workflow, job, GITHUB_ENV and the step's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the composite actions around it and its own, for the log. */
  readonly ownEnv: Readonly<Record<string, string>>;
  readonly evaluation: Evaluation;
  readonly context: StepContext;
  /** Its GITHUB_OUTPUT and the like, made when first asked for. */
  readonly files: () => StepFiles;
  /** Aborted when this step must end. */
  readonly signal: AbortSignal;
  /** Aborted when steps inside it must end whatever their conditions say. */
  readonly end: AbortSignal;
}

/** What a handler answers; a throw is a failure. */
export interface Handled {
  readonly success: boolean;
  readonly fidelity: Fidelity;
}

/** A step whose condition held and whose environment is known. */
export interface ReadyStep {
  readonly call: StepCall;
  /** Carries it out. */
  readonly run: (handler: (call: StepCall) => Promise<Handled>) => Promise<StepOutcome>;
}

/** Runs one step: condition, environment, timeout, continue-on-error (actions/runner, StepsRunner.cs). */
export async function runStep(
  session: JobSession,
  scope: StepScope,
  step: Step,
  id: string,
  handler: (call: StepCall) => Promise<Handled> = runHandler,
): Promise<StepOutcome> {
  const ready = readyStep(session, scope, step, id);
  return 'run' in ready ? ready.run(handler) : ready;
}

/** What there is to run, or how the step ended before it did anything: skipped, or failed by its own expressions. */
export function readyStep(session: JobSession, scope: StepScope, step: Step, id: string): ReadyStep | StepOutcome {
  const context: StepContext = { outputs: {} };
  let made: StepFiles | undefined;
  const files = (): StepFiles => {
    made ??= session.files.make();
    return made;
  };
  const timer = new AbortController();
  try {
    const plain = stepEvaluation(session, scope, id, { ...Object.fromEntries(session.env), ...scope.env }, files);
    const own = evaluateTexts(step.env, plain);
    const ownEnv = { ...scope.env, ...own };
    const env = { ...Object.fromEntries(session.env), ...ownEnv };
    const evaluation = stepEvaluation(session, scope, id, env, files);
    const wanted = (): boolean => evaluateIf(step.if, evaluation);
    if (!wanted()) return finishStep(scope, id, context, 'skipped', 'skipped', 'skipped');
    const end = AbortSignal.any([timer.signal, scope.end]);
    const { signal, forget } = stepSignal(session, end, wanted);
    const call: StepCall = { session, scope, step, id, env, ownEnv, evaluation, context, files, signal, end };
    const release = (): void => {
      forget();
      if (made !== undefined) session.files.release(made);
    };
    return { call, run: (handler) => carryOut(call, handler, timer, release) };
  } catch (error) {
    session.log.error(messageOf(error));
    return finishStep(scope, id, context, 'failure', 'failure', 'real');
  }
}

async function carryOut(
  call: StepCall,
  handler: (call: StepCall) => Promise<Handled>,
  timer: AbortController,
  release: () => void,
): Promise<StepOutcome> {
  const { context, id, scope } = call;
  const { log } = call.session;
  const minutes = stepTimeout(call);
  const pending = minutes > 0 ? setTimeout(() => timer.abort(), minutes * 60_000) : undefined;
  let handled: Handled = { success: false, fidelity: 'real' };
  try {
    handled = await handler(call);
  } catch (error) {
    if (!call.signal.aborted) log.error(describe(error));
  } finally {
    clearTimeout(pending);
    release();
  }
  if (timer.signal.aborted) log.error(`The action '${stepName(call)}' has timed out after ${minutes} minutes.`);
  const cancelled = call.signal.aborted && !timer.signal.aborted;
  if (cancelled) log.error('The operation was canceled.');
  const outcome: StepResult = cancelled
    ? 'cancelled'
    : handled.success && !timer.signal.aborted
      ? 'success'
      : 'failure';
  if (isNamed(id) && Object.keys(context.outputs).length > 0) scope.steps[id] = context;
  const forgiven = outcome === 'failure' && continueOnError(call);
  return finishStep(scope, id, context, outcome, forgiven ? 'success' : outcome, handled.fidelity);
}

function finishStep(
  scope: StepScope,
  id: string,
  context: StepContext,
  outcome: StepResult,
  conclusion: StepResult,
  fidelity: Fidelity,
): StepOutcome {
  Object.assign(context, { outcome, conclusion });
  if (isNamed(id)) scope.steps[id] = context;
  return { outcome, conclusion, fidelity };
}

/** A step without an id of its own is no entry of the `steps` context. */
export const isNamed = (id: string): boolean => !id.startsWith('__');

export function runHandler(call: StepCall): Promise<Handled> {
  const { uses } = call.step;
  return uses !== undefined ? runAction(call, uses) : runScript(call);
}

/** The contexts of a step. */
function stepEvaluation(
  session: JobSession,
  scope: StepScope,
  id: string,
  env: Readonly<Record<string, string>>,
  files: () => StepFiles,
): Evaluation {
  // Within a composite action `github.action` stays that of the job's step.
  const github = { ...(session.contexts['github'] as Record<string, unknown>), action: id, ...scope.github };
  for (const kind of stepFileKinds) {
    Object.defineProperty(github, kind, { enumerable: true, get: () => files().context[kind] });
  }
  return {
    contexts: {
      ...session.contexts,
      github,
      env,
      steps: scope.steps,
      job: { ...(session.contexts['job'] as Record<string, unknown>), status: session.status },
      ...(scope.inputs === undefined ? {} : { inputs: scope.inputs }),
    },
    status: scope.status,
    workspace: session.folders.workspace,
  };
}

/**
 * A cancelled job ends its running step unless the step's condition holds even then (`always()`, `cancelled()`).
 * A step that begins after the cancellation was let in by its condition and runs on.
 */
function stepSignal(session: JobSession, end: AbortSignal, wanted: () => boolean): StepSignal {
  const step = new AbortController();
  const judge = (): void => {
    session.status = 'cancelled';
    if (!safely(wanted)) step.abort();
  };
  if (!session.cancel.aborted) session.cancel.addEventListener('abort', judge, { once: true });
  return {
    signal: AbortSignal.any([step.signal, end]),
    forget: () => session.cancel.removeEventListener('abort', judge),
  };
}

interface StepSignal {
  readonly signal: AbortSignal;
  /** The step has ended: its condition is not judged again. */
  readonly forget: () => void;
}

function safely(condition: () => boolean): boolean {
  try {
    return condition();
  } catch {
    return false;
  }
}

function stepTimeout(call: StepCall): number {
  try {
    const minutes = Number(evaluateValue(call.step.timeoutMinutes, call.evaluation) ?? 0);
    return Number.isFinite(minutes) ? minutes : 0;
  } catch (error) {
    call.session.log.error('An error occurred when attempting to determine the step timeout.');
    call.session.log.error(messageOf(error));
    return 0;
  }
}

export function continueOnError(call: Pick<StepCall, 'session' | 'step' | 'evaluation'>): boolean {
  try {
    return truthy(evaluateValue(call.step.continueOnError, call.evaluation));
  } catch (error) {
    call.session.log.error(messageOf(error));
    return false;
  }
}

/** As lists show the step: its name, or `Run` and the first line of what it runs. */
export function stepName(call: Pick<StepCall, 'step' | 'evaluation'>): string {
  const { step, evaluation } = call;
  try {
    const name = evaluateText(step.name, evaluation);
    if (name !== undefined && name.trim() !== '') return name;
    if (step.uses !== undefined) return `Run ${step.uses}`;
    const script = evaluateText(step.run, evaluation) ?? '';
    return `Run ${script.trimStart().split('\n', 1)[0] ?? ''}`.trimEnd();
  } catch {
    return step.uses !== undefined ? `Run ${step.uses}` : 'Run';
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message, and what mends it. */
export function describe(error: unknown): string {
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? `\n${error.hint}` : '';
  return `${messageOf(error)}${hint}`;
}
