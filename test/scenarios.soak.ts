import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeExamplePair } from '../src/lab/scenarios/example-pair.ts';
import { exampleOf } from '../src/lab/scenarios/scenarios.ts';
import { rehearsePair, root } from './testing/rehearse-pair.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-scenarios-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['burst', 'rollback', 'hotfix', 'freeze', 'dispatch', 'production', 'proof'] as const)(
  'the scenario %s holds by itself',
  async (scenario) => {
    const { app, infra, spoil, flaws } = await makeExamplePair(
      root,
      join(folder, scenario),
      'acme',
      exampleOf(scenario),
    );
    const { phases } = await rehearsePair({ app, infra, spoil, flaws, scenario });
    const expectations = phases.flatMap((phase) => phase.expectations);
    expect(expectations.filter(({ result }) => result !== 'held')).toEqual([]);
    expect(expectations.length).toBeGreaterThan(20);
  },
);

test('the whole delivery keeps within GitHub’s rate limits, primary and secondary', async () => {
  const pair = await makeExamplePair(root, join(folder, 'limited'));
  const { phases } = await rehearsePair({ ...pair, rateLimits: true });
  const expectations = phases.flatMap((phase) => phase.expectations);
  expect(expectations.filter(({ result }) => result !== 'held')).toEqual([]);
  expect(expectations.length).toBeGreaterThan(80);
});
