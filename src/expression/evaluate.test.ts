import { expect, test } from 'vitest';
import { evaluate, evaluateCondition } from './evaluate.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { toPlain } from './json.ts';
import type { Template } from './template.ts';

const value = (text: string, contexts: Record<string, unknown> = {}): unknown =>
  toPlain(evaluateExpression(text, contexts));
const at = { file: 'w.yml', line: 1, column: 1 };
const expression = (text: string): Template => ({ kind: 'expression', expression: text, at });
const literal = (text: string) => ({ kind: 'literal', value: text, at }) as const;

test('every doubled quote of a text becomes one', () => {
  expect(value("format('a ''b'' {0} ''c''', 'x')")).toBe("a 'b' x 'c'");
});

test('a context or key that is missing is null, an empty expression too', () => {
  expect(value('github.event.x')).toBeNull();
  expect(value('steps.a.outputs.b', { steps: {} })).toBeNull();
  expect(value('  ')).toBeNull();
});

test('env tells case, other contexts do not', () => {
  expect(value("format('{0}{1}', env.a, env.A)", { env: { a: 1, A: 2 } })).toBe('12');
  expect(value('vars.NAME', { vars: { name: 'x' } })).toBe('x');
});

test('keys may be named like parts of JavaScript and keep their order', () => {
  expect(value('vars.constructor')).toBeNull();
  expect(value('fromJSON(\'{"__proto__":1}\').__proto__')).toBe(1);
  expect(value('toJSON(fromJSON(\'{"b":1,"10":2,"2":3}\'))')).toBe('{\n  "b": 1,\n  "10": 2,\n  "2": 3\n}');
});

test('fromJSON takes long arrays', () => {
  const text = JSON.stringify(Array.from({ length: 200_000 }, (_, index) => index));
  expect(value('fromJSON(vars.x)[199999]', { vars: { x: text } })).toBe(199_999);
});

test.each([
  ['12345678901234567000', '1.23456789012346E+19'],
  ['0.1', '0.1'],
  ['123456789012345', '123456789012345'],
  ['1000000000000000', '1E+15'],
  ['0.00001', '1E-05'],
  ['0.0001', '0.0001'],
  ['-0', '0'],
])('%s as text is %s', (number, text) => {
  expect(value(`format('{0}', ${number})`)).toBe(text);
});

test('what need not be evaluated is not', () => {
  const called: string[] = [];
  const note = (text: unknown) => called.push(String(text)) > 0;
  const functions = { note };
  const at = (text: string) => toPlain(evaluateExpression(text, {}, functions));
  expect(at("false && note('a')")).toBe(false);
  expect(at("'x' || note('b')")).toBe('x');
  expect(at("case(false, note('c'), true, 'd', note('e'))")).toBe('d');
  expect(called).toEqual([]);
  expect(at("true && note('f')")).toBe(true);
  expect(called).toEqual(['f']);
});

test('names, functions and texts are compared without case', () => {
  expect(value("GitHub.Event_Name == 'PUSH'", { github: { event_name: 'push' } })).toBe(true);
  expect(value("ToJson(FROMJSON('[1]'))")).toBe('[\n  1\n]');
  expect(
    value("contains(needs.*.result, 'FAILURE')", { needs: { a: { result: 'success' }, b: { result: 'failure' } } }),
  ).toBe(true);
});

test("what is wrong is said in GitHub's words", () => {
  expect(() => value('nothing.x')).toThrow(
    "Unrecognized named-value: 'nothing'. Located at position 1 within expression: nothing.x",
  );
  expect(() => value("contains('a', 'b'")).toThrow("Unexpected end of expression: ''b''. Located at position 15");
  expect(() => value('github.b ||')).toThrow("Unexpected end of expression: '||'");
  expect(() => value('true\n&& x')).toThrow("Unrecognized named-value: 'x'. Located at position 9");
  expect(() => value('fromJSON(\'{"a"\')')).toThrow('Error parsing fromJson');
  expect(() => value('nothing()')).toThrow("Unrecognized function: 'nothing'");
  expect(() => value(`'${'x'.repeat(21_000)}'`)).toThrow('Exceeded max expression length 21000');
});

test('conditions imply success()', () => {
  const status = { success: () => false, failure: () => true, cancelled: () => false };
  expect(evaluateCondition('true', {}, { status })).toBe(false);
  expect(evaluateCondition('${{ always() }}', {}, { status })).toBe(true);
  expect(evaluateCondition("failure() && github.ref == 'X'", { github: { ref: 'x' } }, { status })).toBe(true);
  expect(evaluateCondition("contains('always()', 'a')", {}, { status })).toBe(false);
});

test('lists flatten, insert inserts, an expression alone keeps its type', () => {
  expect(evaluate(expression("fromJSON('[1,{}]')"), {})).toEqual([1, {}]);
  const items: Template = { kind: 'sequence', at, items: [literal('a'), expression("fromJSON('[1,2]')")] };
  expect(evaluate(items, {})).toEqual(['a', 1, 2]);
  const mapping: Template = {
    kind: 'mapping',
    at,
    entries: [
      { key: literal('a'), value: literal('b') },
      { key: 'insert', value: expression('fromJSON(\'{"c":1}\')') },
    ],
  };
  expect(evaluate(mapping, {})).toEqual({ a: 'b', c: 1 });
});
