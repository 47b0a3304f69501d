import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Converter } from './data.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { toPlain } from './json.ts';

interface Case {
  readonly expr: string;
  readonly value?: unknown;
  readonly error?: string;
}
type Tables = Readonly<Record<string, { readonly contexts: Record<string, unknown>; readonly cases: readonly Case[] }>>;

const path = join(import.meta.dirname, 'testdata/act/expressions.json');
const tables = JSON.parse(readFileSync(path, 'utf8')) as Tables;

/** Cases in which act differs from GitHub, by their expression, each with GitHub's answer and why. */
const differing: Readonly<Record<string, readonly [unknown, string]>> = {
  "fromJSON('[0,1]')[1.1]": [1, 'an index is cut to a whole number (Index.cs)'],
  '(github.event.commits.*.author.username)[0]': [[], 'an index into a filtered list looks into each of its items'],
  'github.event.commits[0].author.username1 != github.event.commits[1].author.username2': [
    false,
    'both are null, and null equals null',
  ],
  'secrets != env': [true, 'mappings are compared, and equal only themselves'],
  'github.event.pull_request.labels.*.name': [[], 'a filter of nothing is an empty list'],
  [`contains(fromJSON('[{ "first": { "result": "success" }},{ "second": { "result": "success" }}]').first.result, 'success')`]:
    [false, 'a list has no properties'],
  "format('{0}}', '{1}', 'World')": [{ error: 'The following format string is invalid: {0}}' }, 'GitHub’s words'],
  "format('{0', '{1}', 'World')": [{ error: 'The following format string is invalid: {0' }, 'GitHub’s words'],
  "format('{2}', '{1}', 'World')": [
    { error: 'The following format string references more arguments than were supplied: {2}' },
    'GitHub’s words',
  ],
  "format('{2147483648}')": [{ error: 'The following format string is invalid: {2147483648}' }, 'GitHub’s words'],
};

// act's tables (nektos/act, pkg/exprparser; MIT). Numbers that JSON has not stand as { number: "NaN" }.
test.each(Object.entries(tables).filter(([name]) => name !== 'TestFunctionHashFiles'))(
  '%s',
  (_, { contexts, cases }) => {
    for (const one of cases) {
      const known = differing[one.expr];
      expect.soft(answer(one.expr, contexts), one.expr).toEqual(known === undefined ? wanted(one) : known[0]);
    }
  },
);

test('all tables are there', () => {
  expect(Object.values(tables).flatMap(({ cases }) => cases).length).toBe(432);
});

function answer(expr: string, contexts: Record<string, unknown>): unknown {
  try {
    const value = toPlain(evaluateExpression(expr, contexts, {}, new Converter()));
    return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
  } catch (error) {
    return { error: error instanceof Error ? error.message : '' };
  }
}

function wanted({ value, error }: Case): unknown {
  return error === undefined ? value : { error };
}
