import { expect, test } from 'vitest';
import { covered } from './shares.ts';

test('time that two commands share counts once', () => {
  expect(covered([])).toBe(0);
  expect(
    covered([
      { from: 5, to: 9 },
      { from: 0, to: 4 },
      { from: 3, to: 6 },
      { from: 20, to: 21 },
      { from: 4, to: 5 },
    ]),
  ).toBe(10);
});
