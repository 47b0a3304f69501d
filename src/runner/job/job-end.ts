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

/**
 * `outputs:` of the job; one that is empty or holds a secret is left out (actions/runner, JobExtension.cs). Where they
 * cannot be evaluated, the job fails.
 */
export function jobOutputs(session: JobSession, definition: Job, evaluation: Evaluation): Record<string, string> {
  const kept: Record<string, string> = {};
  const outputs = atEnd(session, 'Fail to evaluate job outputs', () => evaluateTexts(definition.outputs, evaluation));
  for (const [name, value] of Object.entries(outputs ?? {})) {
    if (value === '') session.log.debug(`Skip output '${name}' since it's empty`);
    else if (session.masker.finds(value)) session.log.warning(`Skip output '${name}' since it may contain secret.`);
    else kept[name] = value;
  }
  return kept;
}

/** `environment.url`; undefined where it would show a secret. */
export function readEnvironmentUrl(session: JobSession, definition: Job, evaluation: Evaluation): string | undefined {
  const { environment } = definition;
  if (environment?.url === undefined) return undefined;
  const url = atEnd(session, 'Failed to evaluate environment url', () => evaluateText(environment.url, evaluation));
  if (url === undefined || !session.masker.finds(url)) return url;
  const name = evaluateText(environment.name, evaluation) ?? '';
  session.log.warning(`Skip setting environment url as environment '${name}' may contain secret.`);
  return undefined;
}

function atEnd<Value>(session: JobSession, failure: string, evaluate: () => Value): Value | undefined {
  try {
    return evaluate();
  } catch (error) {
    session.log.error(failure);
    session.log.error(messageOf(error));
    if (session.status === 'success') session.status = 'failure';
    return undefined;
  }
}
