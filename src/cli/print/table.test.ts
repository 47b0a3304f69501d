import { expect, test } from 'vitest';
import { duration } from './duration.ts';
import { shorten, table } from './table.ts';

test('columns are as wide as their widest cell, colours not counted', () => {
  const rows = [
    ['a', '\u001b[32mbb\u001b[39m', 'c'],
    ['long', 'b', ''],
  ];
  expect(table(rows)).toBe('a     \u001b[32mbb\u001b[39m  c\nlong  b');
  expect(shorten('abcdef', 4)).toBe('abc…');
  expect(shorten('abcd', 4)).toBe('abcd');
});

test.each([
  [0, '0 ms'],
  [7.4, '7 ms'],
  [949, '949 ms'],
  [950, '0.9 s'],
  [12_340, '12.3 s'],
  [59_700, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
