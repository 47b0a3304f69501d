import { setMaxListeners } from 'node:events';
import { TrunklineError } from '../errors.ts';
import type { Workflow } from '../workflow/model.ts';
import { parseWorkflow } from '../workflow/parse-workflow.ts';
import { type CallScope, callLevels, type JobOutcome } from './call-scope.ts';
import { evaluateGroup, type RunExecution, runNodes } from './execute-run.ts';
import { evaluateText, evaluateTexts, evaluateValue } from './job/evaluation.ts';
import { messageOf } from './job/run-step.ts';
import { combineResults } from './run-conclusion.ts';
import { type Leaf, openCompleted } from './run-node.ts';
import { typedInputs } from './workflow-inputs.ts';

/** Runs the jobs of a called workflow as `caller / callee`. */
export async function callWorkflow(execution: RunExecution, leaf: Leaf): Promise<JobOutcome> {
  const held: (() => void)[] = [];
  try {
    const scope = await enterGroups(execution, leaf, await calledScope(execution, leaf), held);
    if (typeof scope === 'string') {
      await openCompleted(execution, leaf.definition, leaf.name, 'cancelled', scope);
      execution.results.push('cancelled');
      return { result: 'cancelled', outputs: {}, fresh: true };
    }
    const outcomes = await runNodes(execution, scope);
    const results = [...outcomes.values()];
    return {
      result: combineResults(results.map((outcome) => outcome.result)),
      outputs: callOutputs(scope, leaf, outcomes),
      fresh: results.some((outcome) => outcome.fresh),
    };
  } catch (error) {
    await openCompleted(execution, leaf.definition, leaf.name, 'failure', messageOf(error));
    execution.results.push('failure');
    return { result: 'failure', outputs: {}, fresh: true };
  } finally {
    for (const leave of held.reverse()) leave();
  }
}

/**
 * `concurrency:` of the calling job and of the called workflow: both hold for as long as the call lasts. Answers why the
 * call is cancelled where a group does not let it in.
 */
async function enterGroups(
  execution: RunExecution,
  leaf: Leaf,
  called: CallScope,
  held: (() => void)[],
): Promise<CallScope | string> {
  const own = new AbortController();
  const cancel = AbortSignal.any([called.cancel, own.signal]);
  setMaxListeners(0, cancel);
  let groups = called.groups;
  const contexts = { ...leaf.evaluation.contexts, inputs: called.inputs };
  for (const group of [
    evaluateGroup(leaf.definition.concurrency, leaf.evaluation),
    evaluateGroup(called.workflow.concurrency, { ...leaf.evaluation, contexts }),
  ]) {
    if (group === undefined) continue;
    if (groups.some((name) => name.toLowerCase() === group.group.toLowerCase())) {
      return `Canceling since a deadlock for concurrency group '${group.group}' was detected between 'top level workflow' and '${leaf.definition.id}'`;
    }
    const answer = await execution.groups.enter(
      { repository: execution.run.repository.fullName, ...group, cancel: () => own.abort() },
      cancel,
    );
    if (!answer.entered) return answer.reason;
    held.push(answer.leave);
    groups = [...groups, group.group];
  }
  return { ...called, groups, cancel };
}

async function calledScope(execution: RunExecution, leaf: Leaf): Promise<CallScope> {
  const { scope, definition } = leaf;
  const uses = definition.uses ?? '';
  if (scope.level >= callLevels) {
    throw new TrunklineError(
      'WORKFLOW_INVALID',
      `expected at most ${callLevels} levels of workflows, found one more at ${uses}`,
    );
  }
  const source = await readCalled(execution, scope, uses);
  const { workflow, problems } = parseWorkflow({ path: source.path, text: source.text });
  const [first, ...rest] = problems;
  if (workflow === undefined || first !== undefined) {
    throw first === undefined
      ? new TrunklineError('WORKFLOW_INVALID', `${uses} is no workflow`)
      : TrunklineError.of([first, ...rest]);
  }
  const call = workflow.on.workflowCall;
  if (call === undefined) {
    throw new TrunklineError(
      'WORKFLOW_INVALID',
      `workflow is not reusable as it is missing a \`on.workflow_call\` trigger: ${uses}`,
    );
  }
  const given = evaluateValue(definition.with, leaf.evaluation) ?? {};
  return {
    workflow,
    repository: source.repository,
    sha: source.sha,
    ref: source.ref,
    prefix: `${leaf.name} / `,
    inputs: typedInputs(call.inputs, given as Record<string, unknown>, leaf.evaluation),
    secrets: (all) => passedSecrets(leaf, scope, all),
    permissions: leaf.permissions,
    level: scope.level + 1,
    groups: scope.groups,
    cancel: AbortSignal.any([scope.cancel, leaf.cancel]),
    dirty: leaf.dirty,
  };
}

interface CalledSource {
  readonly repository: string;
  readonly sha: string;
  readonly ref: string;
  readonly path: string;
  readonly text: string;
}

/** `./.github/workflows/x.yml` of the caller's own commit, or `owner/repo/.github/workflows/x.yml@ref`. */
async function readCalled(execution: RunExecution, scope: CallScope, uses: string): Promise<CalledSource> {
  const { service } = execution.options;
  const remote = /^([\w.-]+\/[\w.-]+)\/(\.github\/workflows\/[^@]+)@(.+)$/.exec(uses);
  const repository = remote?.[1] ?? scope.repository;
  const path = remote?.[2] ?? uses.replace(/^\.\//, '');
  const asked = remote?.[3] ?? scope.sha;
  const sha = remote === null ? scope.sha : await service.resolve(repository, asked);
  const text = sha === undefined ? undefined : await service.readFile(repository, sha, path);
  if (sha === undefined || text === undefined) {
    throw new TrunklineError('WORKFLOW_INVALID', `error parsing called workflow "${uses}": workflow was not found.`, {
      hint: `push ${path} to ${repository}, or make the repository on the lab`,
    });
  }
  const at = remote === null ? scope.ref.slice(scope.ref.lastIndexOf('@') + 1) : asked;
  return { repository, sha, ref: `${repository}/${path}@${at}`, path, text };
}

function passedSecrets(
  leaf: Leaf,
  caller: CallScope,
  all: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const visible = caller.secrets === undefined ? all : caller.secrets(all);
  const { secrets } = leaf.definition;
  if (secrets === 'inherit') return visible;
  const evaluation = { ...leaf.evaluation, contexts: { ...leaf.evaluation.contexts, secrets: visible } };
  return evaluateTexts(secrets, evaluation);
}

function callOutputs(
  scope: CallScope,
  leaf: Leaf,
  outcomes: ReadonlyMap<string, JobOutcome>,
): Readonly<Record<string, string>> {
  const jobs = Object.fromEntries([...outcomes].map(([id, { result, outputs }]) => [id, { result, outputs }]));
  const evaluation = { ...leaf.evaluation, contexts: { ...leaf.evaluation.contexts, inputs: scope.inputs, jobs } };
  return Object.fromEntries(
    Object.entries(outputsOf(scope.workflow)).map(([name, output]) => [
      name,
      evaluateText(output.value, evaluation) ?? '',
    ]),
  );
}

function outputsOf(workflow: Workflow): NonNullable<Workflow['on']['workflowCall']>['outputs'] {
  return workflow.on.workflowCall?.outputs ?? {};
}
