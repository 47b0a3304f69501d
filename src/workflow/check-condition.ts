import type { Problem } from '../errors.ts';
import { TrunklineError } from '../errors.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import { literalText, type Template } from '../expression/template.ts';
import { invalid } from './problem.ts';

/** What an `if` may name and call, with the least and the most arguments. */
export interface Condition {
  readonly contexts: readonly string[];
  readonly functions: Readonly<Record<string, readonly [number, number]>>;
}

/** An `if` is an expression with or without `${{ }}`; empty is fine. */
export function checkCondition(template: Template, { contexts, functions }: Condition): readonly Problem[] {
  const text = template.kind === 'expression' ? template.expression : (literalText(template) ?? '');
  if (text.trim() === '') return [];
  const callable = Object.entries(functions).map(([name, [minArgs, maxArgs]]) => ({ name, minArgs, maxArgs }));
  try {
    parseExpression(text, contexts, callable);
    return [];
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return [invalid(template.at, error.message)];
  }
}
