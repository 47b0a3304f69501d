import type { Runs } from '../../workflow/parse-action.ts';
import { evaluateTexts } from '../job/evaluation.ts';
import { logEnvironment } from '../job/run-script.ts';
import type { Handled, StepCall } from '../job/run-step.ts';
import { actionInputs } from './action-inputs.ts';
import type { FoundAction } from './find-action.ts';
import { runBuiltIn } from './run-built-in.ts';
import { runComposite } from './run-composite.ts';
import { runContainerAction } from './run-container-action.ts';
import { runJavaScript } from './run-javascript.ts';
import { resolveSelf } from './self-reference.ts';

/** GitHub's limit for composite actions within each other. */
export const compositeDepth = 10;

/** A `uses:` step. */
export async function runAction(call: StepCall, written: string): Promise<Handled> {
  const { session } = call;
  const uses = resolveSelf(written, call.scope.self);
  if (uses.startsWith('docker://')) {
    const given = evaluateTexts(call.step.with, call.evaluation);
    logHeader(call, uses, given);
    return runContainerAction(call, uses, { using: 'docker', image: uses }, given, undefined);
  }
  const found = await session.finder.find(uses, session.folders.workspace);
  const given = evaluateTexts(call.step.with, call.evaluation);
  logHeader(call, uses, given);
  if (found.kind === 'built-in') {
    if (found.action.fidelityVaries !== true) session.log.line(ownWork(found.action.fidelity, uses));
    return runBuiltIn(call, uses, found.action, given);
  }
  const origin = found.origin === 'workspace' ? 'the workspace' : found.origin;
  session.log.line(found.fidelity === undefined ? `real: ${uses} from ${origin}` : ownWork(found.fidelity, uses));
  return runFolder(call, uses, found, given);
}

const ownWork = (fidelity: string, uses: string): string => `${fidelity}: ${uses} is carried out by the lab itself`;

async function runFolder(
  call: StepCall,
  uses: string,
  found: Extract<FoundAction, { kind: 'folder' }>,
  given: Readonly<Record<string, string>>,
): Promise<Handled> {
  const inputs = actionInputs(call, found.action, given);
  const runs = found.repository === '' ? withoutPre(call, uses, found.action.runs) : found.action.runs;
  switch (runs.using) {
    case 'node':
      return runJavaScript(call, uses, found, runs, inputs);
    case 'composite':
      if (call.scope.depth >= compositeDepth) {
        throw new Error(`Maximum composite action depth exceeded: ${compositeDepth}`);
      }
      return runComposite(call, found, runs, inputs);
    case 'docker':
      return runContainerAction(call, uses, runs, inputs, found.folder);
  }
}

/** An action of the workspace is not there yet when what comes before the job's steps is run. */
function withoutPre(call: StepCall, uses: string, runs: Runs): Runs {
  if (!('pre' in runs) && !('preEntrypoint' in runs)) return runs;
  call.session.log.warning(`\`pre\` execution is not supported for local action from '${uses}'`);
  if (runs.using === 'docker') {
    const { preEntrypoint: _, ...rest } = runs;
    return rest;
  }
  const { pre: _, ...rest } = runs;
  return rest;
}

function logHeader(call: StepCall, uses: string, given: Readonly<Record<string, string>>): void {
  const { log } = call.session;
  log.line(`##[group]Run ${uses}`);
  const entries = Object.entries(given);
  if (entries.length > 0) log.line('with:');
  for (const [name, value] of entries) log.line(`  ${name}: ${value}`);
  logEnvironment(call);
  log.line('##[endgroup]');
}
