import { truthy } from '@actions/expressions/result';
import { formatLocation, TrunklineError } from '../errors.ts';
import { normaliseCondition } from './condition.ts';
import { Converter } from './data.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { toPlain } from './json.ts';
import type { Contexts, Functions, JsonValue, MappingTemplate, SequenceTemplate, Template } from './template.ts';

/**
 * A template's value: an expression alone keeps its type, `${{ insert }}` and expressions that are lists flatten into
 * what is around them (actions/runner, TemplateEvaluator.cs).
 * @throws EXPRESSION_INVALID with GitHub's message and the place
 */
export function evaluate(template: Template, contexts: Contexts, functions: Functions = {}): JsonValue {
  return new TemplateEvaluator(contexts, functions).value(template);
}

/** The four status functions; `always` needs no answer. */
export interface Status {
  success(): boolean;
  failure(): boolean;
  cancelled(): boolean;
}

/**
 * Whether an `if` holds: text is taken as an expression, with `success() &&` where it calls no status function.
 * @throws EXPRESSION_INVALID
 */
export function evaluateCondition(
  condition: string | Template,
  contexts: Contexts,
  { status, functions }: { readonly status: Status; readonly functions?: Functions },
): boolean {
  const text = typeof condition === 'string' ? condition : conditionText(condition);
  const calls: Functions = {
    ...functions,
    success: () => status.success(),
    failure: () => status.failure(),
    cancelled: () => status.cancelled(),
    always: () => true,
  };
  return truthy(evaluateExpression(normaliseCondition(text), contexts, calls));
}

function conditionText(template: Template): string {
  if (template.kind === 'expression') return template.expression;
  if (template.kind === 'literal') return template.value === null ? '' : String(template.value);
  throw new TrunklineError('EXPRESSION_INVALID', 'A condition was expected, found a list or mapping', {
    location: template.at,
  });
}

class TemplateEvaluator {
  readonly #contexts: Contexts;
  readonly #functions: Functions;
  readonly #converter = new Converter();

  constructor(contexts: Contexts, functions: Functions) {
    this.#contexts = contexts;
    this.#functions = functions;
  }

  value(template: Template): JsonValue {
    switch (template.kind) {
      case 'literal':
        return template.value;
      case 'expression':
        return this.#expression(template.expression, template);
      case 'sequence':
        return this.#sequence(template);
      case 'mapping':
        return this.#mapping(template);
    }
  }

  #expression(text: string, at: Template): JsonValue {
    try {
      return toPlain(evaluateExpression(text, this.#contexts, this.#functions, this.#converter));
    } catch (error) {
      if (!(error instanceof TrunklineError)) throw error;
      throw new TrunklineError(error.code, `${formatLocation(at.at)}: ${error.message}`, {
        location: at.at,
        cause: error,
      });
    }
  }

  #sequence(template: SequenceTemplate): JsonValue {
    return template.items.flatMap((item): readonly JsonValue[] => {
      const value = this.value(item);
      return item.kind === 'expression' && Array.isArray(value) ? value : [value];
    });
  }

  #mapping(template: MappingTemplate): JsonValue {
    const entries = new Map<string, JsonValue>();
    const known = new Set<string>();
    const add = (key: string, value: JsonValue, at: Template): void => {
      if (known.has(key.toLowerCase())) {
        throw new TrunklineError('EXPRESSION_INVALID', `'${key}' is already defined`, { location: at.at });
      }
      known.add(key.toLowerCase());
      entries.set(key, value);
    };
    for (const { key, value } of template.entries) {
      if (key !== 'insert') {
        const name = this.value(key);
        if (typeof name === 'object' && name !== null) throw expected('A scalar', key);
        add(name === null ? '' : String(name), this.value(value), key);
        continue;
      }
      const inserted = this.value(value);
      if (typeof inserted !== 'object' || inserted === null || Array.isArray(inserted)) {
        throw expected('A mapping', value);
      }
      for (const [name, entry] of Object.entries(inserted)) add(name, entry, value);
    }
    return Object.fromEntries(entries);
  }
}

function expected(what: string, at: Template): TrunklineError {
  return new TrunklineError('EXPRESSION_INVALID', `${formatLocation(at.at)}: ${what} was expected`, {
    location: at.at,
  });
}
