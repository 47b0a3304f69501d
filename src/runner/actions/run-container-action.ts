import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import type { Runs } from '../../workflow/parse-action.ts';
import { engineHint } from '../containers/container-engine.ts';
import type { JobContainers } from '../containers/job-containers.ts';
import { evaluateIf, evaluateTexts, evaluateValue, textOf } from '../job/evaluation.ts';
import type { StepContext } from '../job/job-session.ts';
import { type Handled, messageOf, type StepCall, stepName } from '../job/run-step.ts';
import { splitArguments } from '../job/shell.ts';
import { runStepProcess } from '../job/step-process.ts';
import { actionsRuntime } from './run-built-in.ts';
import { inputEnvironment, stateEnvironment } from './run-javascript.ts';

type DockerRuns = Extract<Runs, { using: 'docker' }>;

/** What the machine's shell sets for itself, which no image should see. */
const hostOnly = new Set(['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR']);

/** An action that runs as a container: its image, with the workspace mounted (ContainerActionHandler.cs). */
export async function runContainerAction(
  call: StepCall,
  uses: string,
  runs: DockerRuns,
  inputs: Readonly<Record<string, string>>,
  folder: string | undefined,
): Promise<Handled> {
  const { scope, session } = call;
  const own = scope.depth === 0;
  const state = (own ? session.states.get(call.id) : undefined) ?? new Map<string, string>();
  const stage = await containerStage(call, uses, runs, inputs, state, folder);
  const inner = !own && runs.preEntrypoint !== undefined;
  if (inner && (runs.preIf === undefined || evaluateIf(runs.preIf, call.evaluation))) {
    if (!(await stage(runs.preEntrypoint, call.signal, { outputs: {} }))) return { success: false, fidelity: 'real' };
  }
  const { postEntrypoint } = runs;
  if (postEntrypoint !== undefined) {
    scope.posts.push({
      name: `Post ${stepName(call)}`,
      uses,
      fidelity: 'real',
      condition: () => runs.postIf === undefined || evaluateIf(runs.postIf, call.evaluation),
      run: (signal) =>
        stage(postEntrypoint, signal, call.context).catch((error: unknown) => {
          session.log.error(messageOf(error));
          return false;
        }),
    });
  }
  const entrypoint = runs.entrypoint ?? inputOf(inputs, 'entrypoint');
  return { success: await stage(entrypoint, call.signal, call.context), fidelity: 'real' };
}

/** What the action does before the job's first step. */
export async function runContainerPre(
  call: StepCall,
  uses: string,
  runs: DockerRuns,
  inputs: Readonly<Record<string, string>>,
  folder: string,
): Promise<Handled> {
  const state = new Map<string, string>();
  call.session.states.set(call.id, state);
  const stage = await containerStage(call, uses, runs, inputs, state, folder);
  return { success: await stage(runs.preEntrypoint, call.signal, { outputs: {} }), fidelity: 'real' };
}

type Stage = (entrypoint: string | undefined, signal: AbortSignal, context: StepContext) => Promise<boolean>;

async function containerStage(
  call: StepCall,
  uses: string,
  runs: DockerRuns,
  inputs: Readonly<Record<string, string>>,
  state: Map<string, string>,
  folder: string | undefined,
): Promise<Stage> {
  const { session } = call;
  const containers = await session.containers();
  if (containers === undefined) throw refuseContainerAction(uses);
  const image = await imageOf(containers, runs.image, folder, uses);
  const known = { ...call.evaluation, contexts: { ...call.evaluation.contexts, inputs } };
  const args = runs.args === undefined ? undefined : evaluateValue(runs.args, known);
  const given = Array.isArray(args) ? args.map(textOf) : splitArguments(inputOf(inputs, 'args') ?? '');
  const ownEnv = runs.env === undefined ? {} : evaluateTexts(runs.env, known);
  return async (entrypoint, signal, context) => {
    const { exitCode, failed } = await runStepProcess({
      session,
      scope: call.scope,
      context,
      state,
      env: call.env,
      extraEnv: {},
      action: call.id,
      ...(folder === undefined ? {} : { github: { action_path: folder } }),
      file: '',
      args: [],
      cwd: session.folders.workspace,
      signal,
      container: containers,
      wrap: (program) => {
        const seen = Object.entries({ ...program.env, ...inputEnvironment(inputs), ...stateEnvironment(state) });
        const env = Object.fromEntries(seen.filter(([name]) => !hostOnly.has(name) || name in call.env));
        return containers.run({
          image,
          args: given,
          env: { ...ownEnv, ...env, ...actionsRuntime(session) },
          ...(entrypoint === undefined ? {} : { entrypoint }),
        });
      },
    });
    return exitCode === 0 && !failed;
  };
}

/** `docker://image`, or the image that the action's Dockerfile makes. */
async function imageOf(
  containers: JobContainers,
  image: string,
  folder: string | undefined,
  uses: string,
): Promise<string> {
  if (image.startsWith('docker://')) return image.slice('docker://'.length);
  const dockerfile = folder === undefined ? undefined : join(folder, image);
  if (dockerfile === undefined || !existsSync(dockerfile)) {
    throw new TrunklineError(
      'WORKFLOW_INVALID',
      `expected the image of ${uses} as docker://… or a Dockerfile of it, found '${image}'`,
    );
  }
  return containers.build(dockerfile, dirname(dockerfile));
}

export function refuseContainerAction(uses: string): TrunklineError {
  return new TrunklineError('UNSUPPORTED', `no container engine answers here, which ${uses} needs`, {
    hint: engineHint,
  });
}

function inputOf(inputs: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.entries(inputs).find(([key]) => key.toLowerCase() === name)?.[1];
}
