import type { Job } from '../../workflow/model.ts';
import { type Evaluation, evaluateText, evaluateTexts } from './evaluation.ts';
import type { JobSession, StepScope } from './job-session.ts';
import { messageOf } from './run-step.ts';

/** What outputs and names see when steps have run. */
export function endEvaluation(session: JobSession, scope: StepScope): Evaluation {
  return {
    contexts: {
      ...session.contexts,
      steps: scope.steps,
      env: Object.fromEntries(session.env),
      job: { ...(session.contexts['job'] as Record<string, unknown>), status: session.status },
    },
    status: scope.status,
    workspace: session.folders.workspace,
  };
}

/** `outputs:` of the job; one that holds a secret is left out, as GitHub does. */
export function jobOutputs(session: JobSession, definition: Job, evaluation: Evaluation): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(evaluateTexts(definition.outputs, evaluation))) {
    if (session.masker.finds(value)) {
      session.log.warning(`Skip output '${name}' since it may contain secret.`);
    } else {
      kept[name] = value;
    }
  }
  return kept;
}

export function readEnvironmentUrl(session: JobSession, definition: Job, evaluation: Evaluation): string | undefined {
  try {
    return evaluateText(definition.environment?.url, evaluation);
  } catch (error) {
    session.log.warning(`The environment's URL cannot be evaluated: ${messageOf(error)}`);
    return undefined;
  }
}
