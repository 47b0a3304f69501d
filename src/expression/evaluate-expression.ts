import type { ContextAccess, Expr, FunctionCall, Literal } from '@actions/expressions/ast';
import * as data from '@actions/expressions/data/index';
import { Evaluator } from '@actions/expressions/evaluator';
import { format } from '@actions/expressions/funcs/format';
import type { FunctionDefinition, FunctionInfo } from '@actions/expressions/funcs/info';
import { TrunklineError } from '../errors.ts';
import { Converter, NumberValue, type Value } from './data.ts';
import { parseJson, toPlain, writeJson } from './json.ts';
import { parseExpression } from './parse-expression.ts';
import type { Contexts, Functions } from './template.ts';

/** All contexts that GitHub knows: one that is not given is empty. */
const contextNames = [
  'github',
  'env',
  'vars',
  'job',
  'jobs',
  'steps',
  'runner',
  'secrets',
  'strategy',
  'matrix',
  'needs',
  'inputs',
];

/** @throws EXPRESSION_INVALID in GitHub's words */
export function evaluateExpression(
  text: string,
  contexts: Contexts,
  functions: Functions = {},
  converter: Converter = new Converter(),
): Value {
  const own = new Map(
    Object.entries(functions).map(([name, call]) => [name.toLowerCase(), callable(name, call, converter)]),
  );
  const tree = parse(text, contexts, [...own.values()]);
  if (tree === undefined) return new data.Null();
  try {
    return new ExpressionEvaluator(tree, contexts, converter, own).evaluate();
  } catch (error) {
    if (error instanceof TrunklineError) throw error;
    throw new TrunklineError('EXPRESSION_INVALID', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

const parsed = new Map<string, Expr | undefined>();

/** Trees are kept: a job judges the same few conditions again and again. */
function parse(text: string, contexts: Contexts, functions: readonly FunctionInfo[]): Expr | undefined {
  const names = [...new Set([...contextNames, ...Object.keys(contexts)])];
  const key = JSON.stringify([text, names, functions.map(({ name }) => name)]);
  if (parsed.has(key)) return parsed.get(key);
  const tree = parseExpression(text, names, functions);
  if (parsed.size >= 1000) parsed.clear();
  parsed.set(key, tree);
  return tree;
}

function callable(name: string, call: Functions[string], converter: Converter): FunctionDefinition {
  return {
    name,
    minArgs: 0,
    maxArgs: 255,
    call: (...args: Value[]) => converter.convert(call(...args.map(toPlain))),
  };
}

const repaired = new Map<string, FunctionDefinition>([
  ['format', { ...format, call: (...args: Value[]) => format.call(checkedFormat(args[0]), ...args.slice(1)) }],
  ['fromjson', { name: 'fromJSON', minArgs: 1, maxArgs: 1, call: (text: Value) => parseJson(text.coerceString()) }],
  ['tojson', { name: 'toJSON', minArgs: 1, maxArgs: 1, call: (value: Value) => new data.StringData(writeJson(value)) }],
]);

/** GitHub counts arguments in a byte (actions/runner, Format.cs). @throws Error in GitHub's words */
function checkedFormat(text: Value | undefined): Value {
  const given = text?.coerceString() ?? '';
  const indices = given.replaceAll(/\{\{|\}\}/g, '').matchAll(/\{(\d+)\}/g);
  if ([...indices].some(([, index]) => Number(index) > 255)) {
    throw new Error(`The following format string is invalid: ${given}`);
  }
  return text ?? new data.StringData('');
}

class ExpressionEvaluator extends Evaluator {
  readonly #contexts: Contexts;
  readonly #converter: Converter;

  constructor(
    tree: Expr,
    contexts: Contexts,
    converter: Converter,
    functions: ReadonlyMap<string, FunctionDefinition>,
  ) {
    super(tree, new data.Dictionary(), new Map([...repaired, ...functions]));
    this.#contexts = contexts;
    this.#converter = converter;
  }

  override visitLiteral(literal: Literal): Value {
    const value = literal.literal;
    return value.kind === data.Kind.Number ? new NumberValue(value.value) : value;
  }

  override visitContextAccess(access: ContextAccess): Value {
    const wanted = access.name.lexeme.toLowerCase();
    const name = Object.keys(this.#contexts).find((key) => key.toLowerCase() === wanted);
    if (name === undefined) return this.#converter.convert({});
    return this.#converter.convert(this.#contexts[name], wanted === 'env');
  }

  /** The branches of `case` that are not chosen are not evaluated. */
  override visitFunctionCall(call: FunctionCall): Value {
    if (call.functionName.lexeme.toLowerCase() !== 'case') return super.visitFunctionCall(call);
    const { args } = call;
    for (let index = 0; index + 1 < args.length; index += 2) {
      const [condition, value] = [args[index], args[index + 1]];
      if (condition === undefined || value === undefined) break;
      const chosen = this.eval(condition);
      if (chosen.kind !== data.Kind.Boolean) throw new Error('case predicate must evaluate to a boolean value');
      if (chosen.value) return this.eval(value);
    }
    const last = args.at(-1);
    return last === undefined ? new data.Null() : this.eval(last);
  }
}
