import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runs } from '../../workflow/parse-action.ts';
import { evaluateIf, evaluateTexts } from '../job/evaluation.ts';
import type { StepContext } from '../job/job-session.ts';
import { type Handled, messageOf, type StepCall, stepName } from '../job/run-step.ts';
import { runStepProcess } from '../job/step-process.ts';
import { actionInputs } from './action-inputs.ts';
import type { FoundAction } from './find-action.ts';
import { actionsRuntime } from './run-built-in.ts';

type Found = Extract<FoundAction, { kind: 'folder' }>;

/** A JavaScript action: `main` now, `post` at the job's end. */
export async function runJavaScript(
  call: StepCall,
  uses: string,
  found: Found,
  runs: Extract<Runs, { using: 'node' }>,
  inputs: Readonly<Record<string, string>>,
): Promise<Handled> {
  const { session, scope } = call;
  const own = scope.depth === 0;
  const state = (own ? session.states.get(call.id) : undefined) ?? new Map<string, string>();
  const stage = await stageOf(call, found, runs.version, inputs, state);
  // In a composite action `pre` runs with `main`; the job's own steps had theirs before the first one.
  const inner = !own && runs.pre !== undefined;
  if (inner && (runs.preIf === undefined || evaluateIf(runs.preIf, call.evaluation))) {
    if (!(await stage(runs.pre ?? '', call.signal, { outputs: {} })))
      return { success: false, fidelity: found.fidelity ?? 'real' };
  }
  const { post } = runs;
  if (post !== undefined) {
    scope.posts.push({
      name: `Post ${stepName(call)}`,
      uses,
      fidelity: found.fidelity ?? 'real',
      condition: () => runs.postIf === undefined || evaluateIf(runs.postIf, call.evaluation),
      run: (signal) =>
        stage(post, signal, call.context).catch((error: unknown) => {
          session.log.error(messageOf(error));
          return false;
        }),
    });
  }
  return { success: await stage(runs.main, call.signal, call.context, call.files), fidelity: found.fidelity ?? 'real' };
}

/** What the action does before the job's first step; its state is the main part's too. */
export async function runPre(call: StepCall, found: Found, script: string): Promise<Handled> {
  const { runs } = found.action;
  const state = new Map<string, string>();
  call.session.states.set(call.id, state);
  const inputs = actionInputs(call, found.action, evaluateTexts(call.step.with, call.evaluation));
  const stage = await stageOf(call, found, runs.using === 'node' ? runs.version : 0, inputs, state);
  return { success: await stage(script, call.signal, { outputs: {} }), fidelity: found.fidelity ?? 'real' };
}

type Stage = (script: string, signal: AbortSignal, context: StepContext, files?: StepCall['files']) => Promise<boolean>;

async function stageOf(
  call: StepCall,
  found: Found,
  version: number,
  inputs: Readonly<Record<string, string>>,
  state: Map<string, string>,
): Promise<Stage> {
  const { session } = call;
  const node = await findNode(call, version);
  return async (script, signal, context, files) => {
    const file = join(found.folder, script);
    await access(file).catch(() => {
      throw new Error(`File not found: '${file}'`);
    });
    const { exitCode, failed } = await runStepProcess({
      session,
      scope: call.scope,
      context,
      state,
      env: call.env,
      extraEnv: { ...inputEnvironment(inputs), ...stateEnvironment(state), ...actionsRuntime(session) },
      action: call.id,
      github: { action_path: found.folder, action_repository: found.repository, action_ref: found.ref },
      file: node,
      args: [file],
      cwd: session.folders.workspace,
      signal,
      ...(files === undefined ? {} : { files }),
    });
    return exitCode === 0 && !failed;
  };
}

/** The node version that the action declares where this machine has it, else our own, said so. */
async function findNode(call: StepCall, version: number): Promise<string> {
  const declared = await call.session.programs.nodes(version);
  if (declared !== undefined) return declared;
  call.session.log.line(`The action wants Node ${version}; it runs with Node ${process.versions.node}, which is here.`);
  return process.execPath;
}

export function inputEnvironment(inputs: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}

export function stateEnvironment(state: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...state].map(([name, value]) => [`STATE_${name}`, value]));
}
