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

test.each(rows)(
  'docs/coverage.md, $id: the test that it names is there, or it says that nothing is yet',
  ({ cells }) => {
    for (const cell of cells) {
      const named = /^\[(?<file>[^\]]+)\]\(\.\.\/(?<path>[^)]+)\) › (?<name>.+)$/.exec(cell)?.groups;
      if (named === undefined) {
        expect(cell).toMatch(/^(?:later|not yet): \S/);
        continue;
      }
      const path = join(root, named['path'] ?? '');
      expect(existsSync(path), named['path']).toBe(true);
      expect(readFileSync(path, 'utf8')).toContain(`'${named['name']}'`);
    }
  },
);
