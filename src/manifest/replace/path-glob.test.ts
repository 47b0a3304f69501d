import { expect, test } from 'vitest';
import { pathGlob } from './path-glob.ts';

test.each([
  [
    '**dev/values.yaml',
    ['environments/dev/values.yaml', 'dev/values.yaml', 'predev/values.yaml'],
    ['dev/values.yaml.new'],
  ],
  ['**/x', ['a/x', 'a/b/x', '.h/x'], ['x']],
  ['*/x', ['a/x', '.a/x'], ['a/b/x', 'x']],
  ['a?c', ['abc', 'a/c'], ['ac']],
  ['[a-c]x[^0-9]', ['axb', 'cx/'], ['dxb', 'ax1']],
  ['{dev,st{ag,g}}/*.y{a,}ml', ['dev/a.yml', 'stag/b.yaml', 'stg/c.yml'], ['prod/a.yml']],
  ['(!secret)*.txt', ['open.txt'], ['secret.txt', 'secrets.txt']],
  ['(=a)*.txt', ['a.txt'], ['b.txt']],
  ['a\\*(b).$', ['a*(b).$'], ['aa(b).$', 'a*(b)x$']],
  ['', [''], ['a']],
])('%s', (glob, matching, others) => {
  const matches = pathGlob(glob);
  expect(matching.filter((path) => !matches(path))).toEqual([]);
  expect(others.filter(matches)).toEqual([]);
});

test.each(['[a', '{a,b', '(!a', 'a\\'])('refuses %s', (glob) => {
  expect(() => pathGlob(glob)).toThrow('found its end');
});

test('many stars on a long path take no time that explodes', () => {
  expect(pathGlob(`${'**a'.repeat(30)}b`)('a'.repeat(4000))).toBe(false);
});
