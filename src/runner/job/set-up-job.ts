import { type Evaluation, evaluateText, evaluateTexts, noStatus } from './evaluation.ts';
import { type JobSession, jobStatus, type StepScope } from './job-session.ts';
import { type PreStep, prepareActions } from './prepare-actions.ts';
import type { JobRequest } from './run-job.ts';
import { describe } from './run-step.ts';
import { startContainers } from './start-containers.ts';
import type { StepRecorder } from './step-recorder.ts';

/** The `Set up job` step: the job's environment, and all actions that its steps name. Undefined when it fails. */
export async function setUpJob(
  session: JobSession,
  request: JobRequest,
  recorder: StepRecorder,
): Promise<{ scope: StepScope; pres: readonly PreStep[] } | undefined> {
  const { log } = session;
  const { workflow, definition } = request;
  const at = recorder.begin('Set up job', 'real');
  log.line(`Current runner: Trunkline's lab, on this machine, which is no sandbox`);
  log.line(`Job: ${session.job.name}`);
  log.line('##[group]GITHUB_TOKEN Permissions');
  for (const [scope, access] of Object.entries(session.grant.permissions)) {
    if (access !== 'none') log.line(`${pascalCase(scope)}: ${access}`);
  }
  log.line('##[endgroup]');
  try {
    const evaluation: Evaluation = {
      contexts: session.contexts,
      status: noStatus,
      workspace: session.folders.workspace,
    };
    for (const env of [workflow.env, definition.env]) {
      const known = { ...evaluation.contexts, env: Object.fromEntries(session.env) };
      for (const [name, value] of Object.entries(evaluateTexts(env, { ...evaluation, contexts: known }))) {
        session.env.set(name, value);
      }
    }
    const contexts = { ...evaluation.contexts, env: Object.fromEntries(session.env) };
    const text = (key: 'shell' | 'workingDirectory'): string | undefined =>
      evaluateText(definition.defaults?.[key], { ...evaluation, contexts }) ??
      evaluateText(workflow.defaults?.[key], { ...evaluation, contexts });
    const shell = text('shell');
    const workingDirectory = text('workingDirectory');
    const scope: StepScope = {
      steps: {},
      github: {},
      env: {},
      status: jobStatus(session),
      posts: session.posts,
      end: session.kill,
      depth: 0,
      self: { repository: request.jobWorkflow.repository, ref: request.jobWorkflow.sha },
      defaults: {
        ...(shell === undefined ? {} : { shell }),
        ...(workingDirectory === undefined ? {} : { workingDirectory }),
      },
    };
    const pres = await prepareActions(session, definition.steps, scope.self);
    recorder.end(at, 'success', 'real', 0);
    const ready = await initializeContainers(session, request, recorder);
    return ready ? { scope, pres } : undefined;
  } catch (error) {
    log.error(describe(error));
    session.status = 'failure';
    recorder.end(at, 'failure', 'real', 0);
    return undefined;
  }
}

/** `pull-requests` as the log has it: `PullRequests`. */
const pascalCase = (scope: string): string =>
  scope.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The step of that name, where the job has containers. False when the job cannot go on without them. */
async function initializeContainers(
  session: JobSession,
  { definition, options }: JobRequest,
  recorder: StepRecorder,
): Promise<boolean> {
  if (definition.container === undefined && definition.services === undefined) return true;
  const at = recorder.begin('Initialize containers', 'real');
  const contexts = { ...session.contexts, env: Object.fromEntries(session.env) };
  try {
    const table = options.services ?? {};
    const fidelity = await startContainers(session, definition, { contexts, status: noStatus }, table);
    recorder.end(at, 'success', fidelity, 0);
    return true;
  } catch (error) {
    session.log.error(describe(error));
    session.status = session.cancel.aborted ? 'cancelled' : 'failure';
    recorder.end(at, 'failure', 'real', 0);
    return definition.container === undefined;
  }
}
