import { expect, test } from 'vitest';
import { expandMatrix, matrixJobName } from './matrix.ts';
import { effectivePermissions } from './permissions.ts';

const valuesOf = (matrix: unknown): readonly unknown[] => expandMatrix(matrix).map(({ values }) => values);
const namesOf = (matrix: unknown): readonly string[] => expandMatrix(matrix).map((one) => matrixJobName('j', one));

test("GitHub's example of include", () => {
  const matrix = {
    fruit: ['apple', 'pear'],
    animal: ['cat', 'dog'],
    include: [
      { color: 'green' },
      { color: 'pink', animal: 'cat' },
      { fruit: 'apple', shape: 'circle' },
      { fruit: 'banana' },
      { fruit: 'banana', animal: 'cat' },
    ],
  };
  expect(valuesOf(matrix)).toEqual([
    { fruit: 'apple', animal: 'cat', color: 'pink', shape: 'circle' },
    { fruit: 'apple', animal: 'dog', color: 'green', shape: 'circle' },
    { fruit: 'pear', animal: 'cat', color: 'pink' },
    { fruit: 'pear', animal: 'dog', color: 'green' },
    { fruit: 'banana' },
    { fruit: 'banana', animal: 'cat' },
  ]);
});

test('exclude matches in part; include alone is a matrix; names; the limit', () => {
  expect(expandMatrix({ a: [1, 2], b: [1, 2], exclude: [{ a: 1 }] })).toHaveLength(2);
  expect(valuesOf({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
  expect(matrixJobName('build', { shown: { os: 'linux', node: { version: 20 } } })).toBe('build (linux, 20)');
  const long = Array.from({ length: 257 }, (_, index) => index);
  expect(() => expandMatrix({ a: long })).toThrow('256');
});

test('values are compared as expressions compare them, key by key, and the matrix keeps its own', () => {
  const nodes = [{ version: 14 }, { version: '20', env: 'x' }];
  expect(valuesOf({ os: ['Linux', 'mac'], node: nodes, exclude: [{ OS: 'LINUX', node: { version: '14' } }] })).toEqual([
    { os: 'Linux', node: { version: '20', env: 'x' } },
    { os: 'mac', node: { version: 14 } },
    { os: 'mac', node: { version: '20', env: 'x' } },
  ]);
  expect(valuesOf({ node: nodes, include: [{ node: { version: 20 }, more: 1 }] })).toEqual([
    { node: { version: 14 } },
    { node: { version: '20', env: 'x' }, more: 1 },
  ]);
});

test('a name shows what an include is by itself, and not what it adds to others', () => {
  const matrix = {
    os: ['a', 'b'],
    v: [1],
    include: [{ os: 'b', extra: 'e' }, { v: 9, extra: 'x', os: 'c' }, { all: true }],
  };
  expect(namesOf(matrix)).toEqual(['j (a, 1)', 'j (b, 1)', 'j (9, c, x)']);
  expect(valuesOf(matrix)[1]).toEqual({ os: 'b', v: 1, extra: 'e', all: true });
});

test('where all is excluded there is no matrix', () => {
  expect(expandMatrix({ a: [1, 2], exclude: [{ a: 1 }, { a: 2 }] })).toEqual([]);
});

test.each([
  [{ a: [1], exclude: [{ b: 1 }] }, "Matrix exclude key 'b' does not match any key within the matrix"],
  [{ a: [1], exclude: [{}] }, 'Matrix exclude filter must not be empty'],
  [{ a: [1], include: [{}] }, 'Matrix include mapping does not contain any values'],
])('%j is refused', (matrix, message) => {
  expect(() => expandMatrix(matrix)).toThrow(message);
});

test('permissions of a called job are never more than the calling job has', () => {
  expect(effectivePermissions({}, {})).toBeUndefined();
  expect(effectivePermissions({ permissions: { contents: 'read' } }, { permissions: {} })).toEqual({});
  expect(effectivePermissions({}, { permissions: { contents: 'write' } }, { contents: 'read' })).toEqual({
    contents: 'read',
  });
});
