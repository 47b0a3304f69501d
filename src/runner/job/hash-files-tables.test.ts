import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { evaluateValue, noStatus } from './evaluation.ts';

// act's table (nektos/act, pkg/exprparser; MIT), with the files that it hashes.
const path = join(import.meta.dirname, '../../expression/testdata/act/expressions.json');
const { TestFunctionHashFiles: table } = JSON.parse(readFileSync(path, 'utf8')) as {
  TestFunctionHashFiles: {
    readonly cases: readonly { readonly expr: string; readonly value: string }[];
    readonly files: Readonly<Record<string, string>>;
  };
};
const workspace = mkdtempSync(join(tmpdir(), 'hash-'));
beforeAll(() => {
  for (const [name, text] of Object.entries(table.files)) {
    mkdirSync(dirname(join(workspace, name)), { recursive: true });
    writeFileSync(join(workspace, name), text);
  }
});
afterAll(() => rmSync(workspace, { recursive: true }));

/** The files that each pattern names, in order. act hashes what is in them, GitHub the hash of each. */
const named: Readonly<Record<string, readonly string[]>> = {
  "hashFiles('**/non-extant-files')": [],
  "hashFiles('**/non-extant-files', '**/more-non-extant-files')": [],
  "hashFiles('./for-hashing-1.txt')": ['for-hashing-1.txt'],
  "hashFiles('./for-hashing-*.txt')": ['for-hashing-1.txt', 'for-hashing-2.txt'],
  "hashFiles('./for-hashing-*.txt', '!./for-hashing-2.txt')": ['for-hashing-1.txt'],
  "hashFiles('./for-hashing-**')": Object.keys(table.files).sort(),
  "hashFiles('./for-hashing-3/**')": ['for-hashing-3/data.txt', 'for-hashing-3/nested/nested-data.txt'],
  "hashFiles('./for-hashing-3/**/nested-data.txt')": ['for-hashing-3/nested/nested-data.txt'],
};
const sha = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();

test.each(table.cases)('$expr', ({ expr, value }) => {
  const texts = named[expr]?.map((name) => table.files[name] ?? '') ?? ['unknown'];
  const hash = (all: Buffer): string => (texts.length === 0 ? '' : sha(all).toString('hex'));
  expect(hash(Buffer.from(texts.join('')))).toBe(value);
  const template = { kind: 'expression', expression: expr, at: { file: 'w.yml' } } as const;
  expect(evaluateValue(template, { contexts: {}, status: noStatus, workspace })).toBe(
    hash(Buffer.concat(texts.map(sha))),
  );
});
