import { TrunklineError } from '../errors.ts';
import type { InputDefinition } from '../workflow/model.ts';
import { type Evaluation, evaluateValue, textOf } from './job/evaluation.ts';

/**
 * Inputs of a dispatch or a call, typed as they are declared, defaults filled in.
 * @throws WORKFLOW_INVALID for a missing, unknown or badly typed input
 */
export function typedInputs(
  definitions: Readonly<Record<string, InputDefinition>>,
  given: Readonly<Record<string, unknown>>,
  evaluation: Evaluation,
): Readonly<Record<string, unknown>> {
  const lower = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  const inputs: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries(definitions)) {
    const value = lower.get(name.toLowerCase());
    lower.delete(name.toLowerCase());
    const present = value !== undefined && value !== null;
    if (!present && definition.required === true && definition.default === undefined) {
      throw new TrunklineError('WORKFLOW_INVALID', `Input ${name} is required, but not provided while calling.`);
    }
    inputs[name] = convert(name, definition, present ? value : evaluateValue(definition.default, evaluation));
  }
  const [unknown] = lower.keys();
  if (unknown !== undefined) {
    throw new TrunklineError(
      'WORKFLOW_INVALID',
      `Invalid input, ${unknown} is not defined in the referenced workflow.`,
    );
  }
  return inputs;
}

function convert(name: string, definition: InputDefinition, value: unknown): unknown {
  switch (definition.type) {
    case 'boolean': {
      if (typeof value === 'boolean') return value;
      if (value === undefined || value === null || value === '' || value === 'false') return false;
      if (value === 'true') return true;
      throw unexpected(name, 'boolean', value);
    }
    case 'number': {
      if (value === undefined || value === null || value === '') return 0;
      const number = Number(value);
      if (Number.isNaN(number)) throw unexpected(name, 'number', value);
      return number;
    }
    default:
      return textOf(value);
  }
}

function unexpected(name: string, type: string, value: unknown): TrunklineError {
  return new TrunklineError('WORKFLOW_INVALID', `expected input ${name} to be a ${type}, found '${textOf(value)}'`);
}
