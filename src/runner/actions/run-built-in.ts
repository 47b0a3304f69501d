import { CommandReader } from '../job/command-reader.ts';
import { githubEnvironment } from '../job/github-context.ts';
import type { JobSession } from '../job/job-session.ts';
import { type Handled, messageOf, type StepCall, stepName } from '../job/run-step.ts';
import { applyStepFiles } from '../job/step-files.ts';
import { type StepSink, stepEnvironment, stepSink } from '../job/step-process.ts';
import type { ActionCall, BuiltInAction } from './action.ts';

/** Runs an action of our own; its post part waits for the job's end. */
export async function runBuiltIn(
  call: StepCall,
  uses: string,
  action: BuiltInAction,
  given: Readonly<Record<string, string>>,
): Promise<Handled> {
  const { session } = call;
  const inputs = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  const state = new Map<string, string>();
  const sink = stepSink(session, call.context, state);
  const started = performance.now();
  try {
    const result = await action.run(actionCall(call, uses, inputs, state, sink, call.signal));
    applyStepFiles(call.files(), sink.effects, session.log);
    for (const [name, value] of Object.entries(result.outputs ?? {})) sink.effects.setOutput(name, value);
    const { post, postWhen, fidelity = action.fidelity } = result;
    if (post !== undefined) {
      call.scope.posts.push({
        name: `Post ${stepName(call)}`,
        uses,
        fidelity,
        condition: () => postWhen !== 'success' || call.scope.status.success(),
        run: async (signal) => {
          const later = stepSink(session, call.context, state);
          try {
            await post(actionCall(call, uses, inputs, state, later, signal));
            return !later.failed;
          } catch (error) {
            session.log.error(messageOf(error));
            return false;
          }
        },
      });
    }
    return { success: result.conclusion === 'success' && !sink.failed, fidelity };
  } catch (error) {
    if (!call.signal.aborted) session.log.error(messageOf(error));
    return { success: false, fidelity: action.fidelity };
  } finally {
    session.commandMs += performance.now() - started;
  }
}

function actionCall(
  call: StepCall,
  uses: string,
  inputs: Readonly<Record<string, string>>,
  state: Map<string, string>,
  sink: StepSink,
  signal: AbortSignal,
): ActionCall {
  const { session } = call;
  const { effects } = sink;
  const reader = new CommandReader({
    log: session.log,
    effects,
    workspace: session.folders.workspace,
    matchers: session.matchers,
    env: call.env,
  });
  const github = call.evaluation.contexts['github'] as Readonly<Record<string, unknown>>;
  return {
    uses,
    inputs,
    env: { ...stepEnvironment(session, call.env), ...githubEnvironment(github), ...actionsRuntime(session) },
    workspace: session.folders.workspace,
    temp: session.folders.temp,
    github,
    repository: session.run.repository,
    jobId: session.job.id,
    signal,
    directGit: session.directGit,
    programs: session.programs,
    state,
    log: (line) => reader.lines(line.split('\n')),
    setOutput: effects.setOutput,
    addMask: effects.addMask,
    exportEnv: effects.setEnv,
    addPath: effects.addPath,
    addSummary: effects.addSummary,
  };
}

/** Where artifacts and caches are served; seen by actions only, never by `run:` steps. */
export function actionsRuntime(session: Pick<JobSession, 'grant'>): Record<string, string> {
  const { runtime } = session.grant;
  if (runtime === undefined) return {};
  return {
    ACTIONS_RUNTIME_URL: runtime.url,
    ACTIONS_RUNTIME_TOKEN: runtime.token,
    ACTIONS_RESULTS_URL: runtime.resultsUrl,
    ACTIONS_CACHE_URL: runtime.url,
    ACTIONS_CACHE_SERVICE_V2: 'True',
  };
}
