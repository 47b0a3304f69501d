import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './testing/rehearse-pair.ts';

const page = readFileSync(join(root, 'docs/coverage.md'), 'utf8');
const rows = [...page.matchAll(/^\| ([A-E]\d\d) \| (.+) \| (.+) \|$/gm)].map(([, id = '', , shown = '']) => ({
  id,
  cells: shown.split('<br>'),
}));

/** How many rows each published system has. */
const counts = { A: 22, B: 26, C: 32, D: 14, E: 38 };

test('docs/coverage.md has every row once', () => {
  const wanted = Object.entries(counts).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`),
  );
  expect(rows.map(({ id }) => id)).toEqual(wanted);
});

const faults = [...page.matchAll(/^\| (D[PABCD]\d+) \| .+? \| (.+?) \| (.+) \|$/gm)].map(
  ([, id = '', there = '', here = '']) => ({
    id,
    cells: [there, here],
  }),
);

test.each([...rows, ...faults])(
  'docs/coverage.md, $id: the test that it names is there, or it says why there is none',
  ({ cells }) => {
    for (const cell of cells) {
      const named = /^\[(?<file>[^\]]+)\]\(\.\.\/(?<path>[^)]+)\) › (?<name>.+)$/.exec(cell)?.groups;
      if (named === undefined) {
        expect(cell).toMatch(/^(?:later|not in a lab): \S/);
        continue;
      }
      const path = join(root, named['path'] ?? '');
      expect(existsSync(path), named['path']).toBe(true);
      expect(readFileSync(path, 'utf8')).toContain(`'${named['name']}'`);
    }
  },
);

test('what is left belongs to four pieces of later work, and no fault is among it', () => {
  const left = [...rows, ...faults].filter(({ cells }) => cells.some((cell) => cell.startsWith('later: ')));
  const canary = ['E14', 'E15', 'E16', 'E17', 'E18', 'E19', 'E20'];
  expect(left.map(({ id }) => id)).toEqual([...canary, 'E24', 'E30', 'E34']);
});

test('every fault that a lab can show is shown to happen and not to happen', () => {
  expect(faults.length).toBeGreaterThan(50);
  expect(faults.filter(({ cells }) => cells.every((cell) => cell.startsWith('['))).length).toBeGreaterThan(20);
});
