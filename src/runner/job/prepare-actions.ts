import type { Template } from '../../expression/template.ts';
import type { Step } from '../../workflow/model.ts';
import { actionInputs } from '../actions/action-inputs.ts';
import { compositeDepth } from '../actions/run-action.ts';
import { refuseContainerAction, runContainerPre } from '../actions/run-container-action.ts';
import { runPre } from '../actions/run-javascript.ts';
import { resolveSelf, type SelfRepository } from '../actions/self-reference.ts';
import { evaluateTexts } from './evaluation.ts';
import type { JobSession } from './job-session.ts';
import type { Handled, StepCall } from './run-step.ts';

/** What an action wants to have run before the job's first step. */
export interface PreStep {
  /** The action's own step, with the condition of its `pre`. */
  readonly step: Step;
  readonly run: (call: StepCall) => Promise<Handled>;
}

/**
 * Finds all published actions that the steps name, in composite actions too, whether they will run or not, as GitHub
 * does before the first step. Those in the workspace are not there yet.
 * @throws ACTION_NOT_FOUND, UNSUPPORTED, WORKFLOW_INVALID
 */
export async function prepareActions(
  session: JobSession,
  steps: readonly Step[],
  self: SelfRepository,
): Promise<readonly PreStep[]> {
  const image = steps.find(({ uses }) => uses?.startsWith('docker://') === true);
  if (image?.uses !== undefined && (await session.containers()) === undefined) throw refuseContainerAction(image.uses);
  const published = steps.filter(isPublished);
  if (published.length === 0) return [];
  session.log.line('Prepare all required actions');
  session.log.line('Getting action download info');
  const known = new Set<string>();
  const pres = await Promise.all(published.map((step) => prepare(session, step, { known, depth: 0, self })));
  return pres.flatMap((pre) => pre ?? []);
}

const isPublished = ({ uses }: Step): boolean =>
  uses !== undefined && uses !== '.' && !uses.startsWith('./') && !uses.startsWith('docker://');

interface Around {
  readonly known: Set<string>;
  readonly depth: number;
  readonly self: SelfRepository;
}

async function prepare(session: JobSession, step: Step, around: Around): Promise<PreStep | undefined> {
  const { known, depth, self } = around;
  if (depth > compositeDepth) throw new Error(`Composite action depth exceeded max depth ${compositeDepth}`);
  const uses = resolveSelf(step.uses ?? '', self);
  const found = await session.finder.find(uses, session.folders.workspace);
  if (found.kind === 'built-in') return undefined;
  if (!known.has(uses) && found.fidelity === undefined)
    session.log.line(`Download action repository '${uses}' (${found.origin})`);
  known.add(uses);
  const { runs } = found.action;
  const always: Template = { kind: 'expression', expression: 'always()', at: step.at };
  if (runs.using === 'docker') {
    if ((await session.containers()) === undefined) throw refuseContainerAction(uses);
    if (runs.preEntrypoint === undefined || depth > 0) return undefined;
    const { action, folder } = found;
    return {
      step: { ...step, if: runs.preIf ?? always },
      run: (call) => {
        const inputs = actionInputs(call, action, evaluateTexts(call.step.with, call.evaluation));
        return runContainerPre(call, uses, runs, inputs, folder);
      },
    };
  }
  if (runs.using === 'composite') {
    const inside = { known, depth: depth + 1, self: found };
    for (const inner of runs.steps.filter(isPublished)) await prepare(session, inner, inside);
    return undefined;
  }
  const { pre } = runs;
  if (pre === undefined) return undefined;
  return { step: { ...step, if: runs.preIf ?? always }, run: (call) => runPre(call, found, pre) };
}
