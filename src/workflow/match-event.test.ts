import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { included } from './filter-pattern.ts';
import { matchEvent } from './match-event.ts';
import type { EventFilter } from './model.ts';
import { skipsWorkflows } from './skips-workflows.ts';

interface Case {
  readonly patterns: string[];
  readonly inputs: string[];
  readonly skip: boolean;
}
const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata', 'filter-patterns.json'), 'utf8')) as Case[];

// The inputs and patterns are act's (MIT, testdata/LICENSE.act). No pattern at all is no filter there.
test.each(cases.filter((one) => one.patterns.length > 0))('$patterns of $inputs', ({ patterns, inputs, skip }) => {
  expect(inputs.some((text) => included(patterns, text))).toBe(!skip);
});

const on = (name: string, filter: EventFilter) => ({ on: { events: { [name]: filter }, schedule: [] } });
const event = (name: string, ref: string, more: object = {}) => ({ name, ref, payload: {}, ...more });

test('branches, tags, paths and types', () => {
  const push = event('push', 'refs/heads/main', { diff: {} });
  expect(matchEvent(on('push', { branches: ['main'] }), push, [])).toBe(true);
  expect(matchEvent(on('push', { tags: ['v*'] }), push, [])).toBe(false);
  expect(matchEvent(on('push', { branches: ['**'] }), event('push', 'refs/tags/v1'), [])).toBe(false);
  expect(matchEvent(on('push', { pathsIgnore: ['docs/**'] }), push, ['docs/a'])).toBe(false);
  expect(matchEvent(on('push', { paths: ['src/**'] }), push, () => ['docs/a', 'src/b'])).toBe(true);
  const pull = event('pull_request', 'refs/pull/1/merge', { action: 'labeled', baseRef: 'main' });
  expect(matchEvent(on('pull_request', {}), pull, [])).toBe(false);
  expect(matchEvent(on('pull_request', { types: ['labeled'] }), pull, [])).toBe(true);
});

test.each([
  ['x [skip ci]', true],
  ['x\n\nbody [No CI] more', true],
  ['x\n\n\nskip-checks: true', true],
  ['x\n\nReviewed-by: a\nskip-checks:true\n', true],
  ['skip ci', false],
  ['x\n\nskip-checks: true\n\nmore', false],
])('%j asks that nothing starts: %s', (message, skipped) => {
  const push = { ...event('push', 'refs/heads/main'), payload: { head_commit: { message } } };
  expect(skipsWorkflows(push)).toBe(skipped);
  expect(skipsWorkflows({ ...event('pull_request', 'refs/pull/1/merge'), headMessage: message })).toBe(skipped);
  expect(skipsWorkflows({ ...event('pull_request_target', 'refs/heads/main'), headMessage: message })).toBe(false);
});
