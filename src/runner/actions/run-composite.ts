import type { Runs } from '../../workflow/parse-action.ts';
import { evaluateText } from '../job/evaluation.ts';
import type { PostStep, StepScope } from '../job/job-session.ts';
import { type Handled, runStep, type StepCall, stepName } from '../job/run-step.ts';
import type { FoundAction } from './find-action.ts';

/** Runs a composite action's steps within its own `inputs`, `steps` and action status. */
export async function runComposite(
  call: StepCall,
  found: Extract<FoundAction, { kind: 'folder' }>,
  runs: Extract<Runs, { using: 'composite' }>,
  inputs: Readonly<Record<string, string>>,
): Promise<Handled> {
  const { session } = call;
  let failed = false;
  const posts: PostStep[] = [];
  const scope: StepScope = {
    steps: {},
    inputs,
    github: {
      action: call.id,
      ...call.scope.github,
      action_path: found.folder,
      action_repository: found.repository,
      action_ref: found.ref,
    },
    env: call.ownEnv,
    // Within a composite action success() and failure() speak of the action, not of the job.
    status: {
      success: () => !failed && session.status !== 'cancelled',
      failure: () => failed,
      cancelled: () => session.status === 'cancelled',
    },
    posts,
    depth: call.scope.depth + 1,
    self: found.repository === '' ? call.scope.self : found,
    defaults: {},
    end: call.end,
  };
  for (const step of runs.steps) {
    const status = session.status === 'cancelled' ? 'cancelled' : failed ? 'failure' : 'success';
    const now: StepScope = { ...scope, github: { ...scope.github, action_status: status } };
    const { conclusion } = await runStep(session, now, step, step.id);
    if (conclusion === 'failure') failed = true;
  }
  const evaluation = {
    ...call.evaluation,
    contexts: { ...call.evaluation.contexts, inputs, steps: scope.steps },
  };
  for (const [name, output] of Object.entries(found.action.outputs)) {
    call.context.outputs[name] = evaluateText(output.value, evaluation) ?? '';
  }
  registerPosts(call, posts);
  return { success: !failed, fidelity: 'real' };
}

/** The posts of the steps inside show as one, last in first out. */
function registerPosts(call: StepCall, posts: readonly PostStep[]): void {
  if (posts.length === 0) return;
  call.scope.posts.push({
    name: `Post ${stepName(call)}`,
    ...(call.step.uses !== undefined ? { uses: call.step.uses } : {}),
    fidelity: 'real',
    condition: () => posts.some((post) => post.condition()),
    run: async (signal) => {
      let sound = true;
      for (const post of posts.toReversed()) if (post.condition() && !(await post.run(signal))) sound = false;
      return sound;
    },
  });
}
