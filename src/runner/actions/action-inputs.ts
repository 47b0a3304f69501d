import type { Action } from '../../workflow/parse-action.ts';
import { evaluateText } from '../job/evaluation.ts';
import type { StepCall } from '../job/run-step.ts';

/**
 * What was given, by lower-case name, over the action's defaults. Missing required inputs are the action's affair,
 * as on GitHub.
 */
export function actionInputs(
  call: StepCall,
  action: Action,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const { log } = call.session;
  const inputs: Record<string, string> = {};
  const known = new Set<string>();
  for (const [name, definition] of Object.entries(action.inputs)) {
    known.add(name.toLowerCase());
    inputs[name] = evaluateText(definition.default, call.evaluation) ?? '';
  }
  for (const [name, value] of Object.entries(given)) {
    const declared = Object.keys(action.inputs).find((other) => other.toLowerCase() === name.toLowerCase());
    inputs[declared ?? name] = value;
    const definition = declared === undefined ? undefined : action.inputs[declared];
    if (definition?.deprecationMessage !== undefined) {
      log.warning(`Input '${name}' has been deprecated with message: ${definition.deprecationMessage}`);
    }
  }
  const unknown = Object.keys(given).filter((name) => !known.has(name.toLowerCase()));
  if (unknown.length > 0) {
    log.warning(
      `Unexpected input(s) ${unknown.map((name) => `'${name}'`).join(', ')}, valid inputs are [${Object.keys(
        action.inputs,
      )
        .map((name) => `'${name}'`)
        .join(', ')}]`,
    );
  }
  return inputs;
}
