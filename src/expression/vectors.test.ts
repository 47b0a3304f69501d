import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { kindStr } from '@actions/expressions/data/expressiondata';
import { expect, test } from 'vitest';
import { Converter } from './data.ts';
import { evaluateExpression } from './evaluate-expression.ts';
import { toPlain } from './json.ts';
import { parseExpression } from './parse-expression.ts';

interface Vector {
  readonly expr: string;
  readonly result?: { readonly kind: string; readonly value: unknown };
  readonly err?: { readonly kind: string; readonly value: string };
  readonly contexts?: Record<string, unknown>;
}

const folder = join(import.meta.dirname, 'testdata');

/** Cases that are left out, by the start of their expression, each with the reason. */
const skipped: Readonly<Record<string, string>> = {
  "startswith(format('{0}{0}":
    'counts memory as .NET does, with a limit of 1 MiB that workflows do not have; GitHub leaves it out for TypeScript too',
};
const isSkipped = ({ expr }: Vector): boolean => Object.keys(skipped).some((start) => expr.startsWith(start));

const groups = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .flatMap((file) => {
    const content = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, Vector[]>;
    return Object.entries(content).map(([group, vectors]) => ({ name: `${file}: ${group}`, vectors }));
  });

// actions/languageservices, expressions/testdata (MIT).
test.each(groups)('$name', ({ vectors }) => {
  for (const vector of vectors.filter((one) => !isSkipped(one))) {
    expect.soft(answer(vector), vector.expr).toEqual(wanted(vector));
  }
});

test('1,020 cases, one of them left out', () => {
  const all = groups.flatMap(({ vectors }) => vectors);
  expect(all).toHaveLength(1020);
  expect(all.filter(isSkipped)).toHaveLength(Object.keys(skipped).length);
});

function wanted(vector: Vector): unknown {
  return vector.err === undefined ? vector.result : { error: vector.err.value };
}

function answer(vector: Vector): unknown {
  try {
    // An expression may name no context but those of the case.
    if (vector.err?.kind === 'parsing') parseExpression(vector.expr, Object.keys(vector.contexts ?? {}), []);
    const value = evaluateExpression(vector.expr, vector.contexts ?? {}, {}, new Converter());
    return { kind: kindStr(value.kind), value: toPlain(value) };
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    // Where a vector gives less than the message, it is contained.
    return { error: vector.err !== undefined && message.includes(vector.err.value) ? vector.err.value : message };
  }
}
