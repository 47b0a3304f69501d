import type { Location, Problem } from '../errors.ts';
import { entryOf, literalText, type Template } from '../expression/template.ts';
import { literalEntries } from './fields.ts';
import type { InputDefinition, WorkflowCall } from './model.ts';
import { invalid } from './problem.ts';

/** Inputs of a call: those that are wanted and missing, badly typed, or unknown. */
export function checkCallInputs(job: Template | undefined, place: Location, call: WorkflowCall): readonly Problem[] {
  const given = entryOf(job, 'with');
  return [
    ...Object.entries(call.inputs).flatMap(([name, input]) => checkInput(name, input, given, place)),
    ...undefinedNames(given, Object.keys(call.inputs), 'input'),
  ];
}

function checkInput(
  name: string,
  input: InputDefinition,
  given: Template | undefined,
  place: Location,
): readonly Problem[] {
  const value = entryOf(given, name.toLowerCase());
  const wrong = [input.default, value].flatMap((template) => (template === undefined ? [] : mistyped(input, template)));
  if (value !== undefined || !input.required) return wrong;
  return [...wrong, invalid(place, `Input ${name} is required, but not provided while calling.`)];
}

/** Expressions are known only when the call is made. */
function mistyped({ type }: InputDefinition, value: Template): readonly Problem[] {
  if (value.kind !== 'literal' || (type !== 'boolean' && type !== 'number') || typeof value.value === type) return [];
  return [invalid(value.at, `Unexpected value '${literalText(value)}'`)];
}

/** Secrets of a call; with `inherit` the names are known only when it is made. */
export function checkCallSecrets(job: Template | undefined, place: Location, call: WorkflowCall): readonly Problem[] {
  const given = entryOf(job, 'secrets');
  if (literalText(given) === 'inherit') return [];
  return [
    ...Object.entries(call.secrets)
      .filter(([name, { required }]) => required && entryOf(given, name.toLowerCase()) === undefined)
      .map(([name]) => invalid(place, `Secret ${name} is required, but not provided while calling.`)),
    ...undefinedNames(given, Object.keys(call.secrets), 'secret'),
  ];
}

function undefinedNames(given: Template | undefined, names: readonly string[], kind: string): readonly Problem[] {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return literalEntries(given)
    .filter(([name]) => !known.has(name.toLowerCase()))
    .map(([name, { at }]) => invalid(at, `Invalid ${kind}, ${name} is not defined in the referenced workflow.`));
}
