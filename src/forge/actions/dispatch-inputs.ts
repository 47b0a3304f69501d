import { parse, YAMLParseError } from 'yaml';
import { ApiError } from '../http.ts';
import { words } from '../words.ts';

type Map = Readonly<Record<string, unknown>>;

/**
 * The inputs of a workflow_dispatch as `github.event.inputs` has them: texts, defaults filled in, judged by the
 * workflow's own `on.workflow_dispatch.inputs`.
 * @throws ApiError 422 in GitHub's words
 */
export function readDispatchInputs(text: string, given: Map): Readonly<Record<string, string>> {
  const declared = declaredInputs(text);
  const unknown = Object.keys(given).filter((name) => !(name in declared));
  if (unknown.length > 0) throw new ApiError(422, words.inputsUnexpected(unknown));
  const inputs: Record<string, string> = {};
  for (const [name, declaration] of Object.entries(declared)) {
    const rules = isMap(declaration) ? declaration : {};
    const value = given[name] ?? undefined;
    const text = value === undefined ? defaultOf(rules) : String(value);
    if (text === undefined) {
      if (rules['required'] === true) throw new ApiError(422, words.inputRequired(name));
      if (rules['type'] === 'boolean') inputs[name] = 'false';
      else inputs[name] = '';
      continue;
    }
    if (rules['required'] === true && text === '') throw new ApiError(422, words.inputRequired(name));
    inputs[name] = judged(name, rules, text);
  }
  return inputs;
}

/** A choice without default takes its first option, as GitHub's form does. */
function defaultOf(rules: Map): string | undefined {
  const value = rules['default'];
  if (value !== undefined && value !== null) return String(value);
  const options = rules['options'];
  return rules['type'] === 'choice' && rules['required'] !== true && Array.isArray(options) && options.length > 0
    ? String(options[0])
    : undefined;
}

function judged(name: string, rules: Map, text: string): string {
  const type = rules['type'];
  if (type === 'choice') {
    const options: readonly unknown[] = Array.isArray(rules['options']) ? rules['options'] : [];
    if (!options.some((option) => String(option) === text)) throw new ApiError(422, words.inputNoChoice(text, name));
  }
  if (type === 'boolean' && !/^(true|false)$/i.test(text)) throw new ApiError(422, words.inputNoBoolean(text, name));
  if (type === 'number' && (text.trim() === '' || Number.isNaN(Number(text))))
    throw new ApiError(422, words.inputNoNumber(text, name));
  return type === 'boolean' ? text.toLowerCase() : text;
}

/** @throws ApiError 422 when the workflow cannot be dispatched */
function declaredInputs(text: string): Map {
  const on = triggersOf(text);
  const listens =
    on === 'workflow_dispatch' ||
    (Array.isArray(on) ? on.includes('workflow_dispatch') : isMap(on) && 'workflow_dispatch' in on);
  if (!listens) throw new ApiError(422, words.noDispatchTrigger());
  const trigger = isMap(on) ? on['workflow_dispatch'] : undefined;
  const inputs = isMap(trigger) ? trigger['inputs'] : undefined;
  return isMap(inputs) ? inputs : {};
}

function triggersOf(text: string): unknown {
  try {
    const workflow: unknown = parse(text);
    return isMap(workflow) ? workflow['on'] : undefined;
  } catch (error) {
    throw new ApiError(422, words.workflowUnreadable(placeOf(error)));
  }
}

/** `(Line: 3, Col: 5): what is wrong`, without the excerpt that the parser adds. */
function placeOf(error: unknown): string {
  const { linePos, message } = error instanceof YAMLParseError ? error : { linePos: undefined, message: String(error) };
  const at = linePos?.[0];
  const what = message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
  return at === undefined ? what : `(Line: ${at.line}, Col: ${at.col}): ${what}`;
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
