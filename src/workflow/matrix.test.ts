import { expect, test } from 'vitest';
import { expandMatrix, matrixJobName } from './matrix.ts';
import { effectivePermissions } from './permissions.ts';

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
  expect(expandMatrix(matrix)).toEqual([
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
  expect(expandMatrix({ include: [{ a: 1 }, { a: 2 }] })).toEqual([{ a: 1 }, { a: 2 }]);
  expect(matrixJobName('build', { os: 'linux', node: { version: 20 } })).toBe('build (linux, 20)');
  const long = Array.from({ length: 257 }, (_, index) => index);
  expect(() => expandMatrix({ a: long })).toThrow('256');
});

test('permissions of a called job are never more than the calling job has', () => {
  expect(effectivePermissions({}, {})).toBeUndefined();
  expect(effectivePermissions({ permissions: { contents: 'read' } }, { permissions: {} })).toEqual({});
  expect(effectivePermissions({}, { permissions: { contents: 'write' } }, { contents: 'read' })).toEqual({
    contents: 'read',
  });
});
