import fc from 'fast-check';
import { expect, test } from 'vitest';
import { overlap, type Route, takes } from './route.ts';

const globs = fc
  .array(fc.constantFrom('a', 'b', '/', '*'), { minLength: 1, maxLength: 7 })
  .map((parts) => parts.join(''));
const names = fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 8 }).map((parts) => parts.join(''));
const branch = (pattern: string): Route => ({ by: 'branch', pattern, to: 'dev' });

test('a pattern takes what GitHub’s "*" does', () => {
  fc.assert(
    fc.property(globs, names, (glob, name) => {
      const regex = new RegExp(`^${glob.replaceAll('*', '[^/]*')}$`);
      expect(takes(branch(glob), { ref: `refs/heads/${name}` })).toBe(regex.test(name));
    }),
    { numRuns: 2000 },
  );
});

test('what two patterns overlap in, both take; what both take, they overlap in', () => {
  fc.assert(
    fc.property(globs, globs, names, (one, other, name) => {
      const common = overlap(branch(one), branch(other));
      const both = (text: string): boolean =>
        [one, other].every((glob) => takes(branch(glob), { ref: `refs/heads/${text}` }));
      if (common !== undefined) expect(both(common)).toBe(true);
      else expect(both(name)).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test('suffixes go by the tag, branches and tags by the ref', () => {
  const suffix = { by: 'suffix', pattern: '-stable', to: 'prod' } as const;
  expect(takes(suffix, { tag: '1.2-stable', ref: 'refs/heads/main' })).toBe(true);
  expect(takes(suffix, { ref: 'refs/tags/1.2-stable' })).toBe(false);
  expect(overlap(suffix, { ...suffix, pattern: 'un-stable' })).toBe('un-stable');
  expect(overlap({ ...suffix, pattern: 'x' }, { ...suffix, pattern: 'y' })).toBeUndefined();
  expect(overlap({ ...branch('v*'), by: 'tag' }, branch('v*'))).toBeUndefined();
});
