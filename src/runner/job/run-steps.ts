import type { Step } from '../../workflow/model.ts';
import { BackgroundSteps, implicitWait } from './background-steps.ts';
import { endEvaluation } from './job-end.ts';
import type { JobSession, PostStep, StepScope } from './job-session.ts';
import type { PreStep } from './prepare-actions.ts';
import { runStep, stepName } from './run-step.ts';
import type { StepRecorder } from './step-recorder.ts';

/** Runs what comes before, the steps themselves, and what comes after them, last in first out. */
export async function runSteps(
  session: JobSession,
  steps: readonly Step[],
  { scope, pres }: { readonly scope: StepScope; readonly pres: readonly PreStep[] },
  recorder: StepRecorder,
): Promise<void> {
  for (const { step, run } of pres) {
    // What comes before is no entry of the `steps` context.
    await record(session, { ...scope, steps: {} }, step, recorder, run);
  }
  const background = new BackgroundSteps(session, scope, recorder);
  for (const step of [...steps, ...implicitWait(steps)]) {
    if (step.control !== undefined) await background.control(step, step.control);
    else if (step.background === true) background.start(step);
    else await record(session, scope, step, recorder);
  }
  await background.finish();
  for (let post = session.posts.pop(); post !== undefined; post = session.posts.pop()) {
    await runPost(session, post, recorder);
  }
}

async function record(
  session: JobSession,
  scope: StepScope,
  step: Step,
  recorder: StepRecorder,
  pre?: PreStep['run'],
): Promise<void> {
  session.commandMs = 0;
  session.log.beginStep();
  const shown = stepName({ step, evaluation: endEvaluation(session, scope) });
  const at = recorder.begin(pre === undefined ? shown : `Pre ${shown}`, 'real', step.uses);
  const { conclusion, fidelity } = await runStep(session, scope, step, step.id, pre);
  if (conclusion === 'failure' && session.status === 'success') session.status = 'failure';
  recorder.end(at, conclusion, fidelity, session.commandMs);
}

async function runPost(session: JobSession, post: PostStep, recorder: StepRecorder): Promise<void> {
  session.commandMs = 0;
  session.log.beginStep();
  const at = recorder.begin(post.name, post.fidelity, post.uses);
  const wanted = post.condition();
  if (!wanted || session.kill.aborted) {
    recorder.end(at, 'skipped', 'skipped', 0);
    return;
  }
  session.log.line(post.name);
  const sound = await post.run(session.kill);
  if (!sound && session.status === 'success') session.status = 'failure';
  recorder.end(at, sound ? 'success' : 'failure', post.fidelity, session.commandMs);
}
