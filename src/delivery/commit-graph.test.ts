import { expect, test } from 'vitest';
import { type CommitGraph, stepIn } from './commit-graph.ts';

/** `d → b, c → a`, with a side line `s → a`; the past of `a` is as given. */
function graph(root: readonly string[] = []): CommitGraph {
  const parents: Record<string, readonly string[]> = { d: ['b', 'c'], s: ['a'], c: ['a'], b: ['a'], a: root };
  return new Map(Object.entries(parents).map(([sha, list]) => [sha, { sha, subject: sha, parents: list }]));
}
const said = (base: string, head: string, root?: readonly string[]): string | undefined => {
  const step = stepIn(graph(root), base, head);
  return step === undefined
    ? undefined
    : `${step.ancestry} ${(step.commits ?? []).map((one) => one.sha).join('')}`.trim();
};

test.each([
  ['a', 'd', 'newer bcd'],
  ['b', 'd', 'newer cd'],
  ['d', 'a', 'older'],
  ['d', 'd', 'same'],
  ['s', 'd', 'diverged bcd'],
])('from %s to %s is %s', (base, head, expected) => {
  expect(said(base, head)).toBe(expected);
});

test('where the past was not read to its end, only what was found is told', () => {
  expect(said('a', 'd', ['unread'])).toBe('newer bcd');
  expect(said('s', 'd', ['unread'])).toBeUndefined();
  expect(said('unknown', 'd')).toBeUndefined();
});
