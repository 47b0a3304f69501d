import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeExamplePair } from '../src/lab/scenarios/example-pair.ts';
import type { Rehearsal } from '../src/lab/scenarios/rehearse.ts';
import { rehearsePair, root } from './testing/rehearse-pair.ts';

let folder: string;
let rehearsal: Rehearsal;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-rehearsal-'));
  const { app, infra, spoil } = await makeExamplePair(root, folder);
  rehearsal = await rehearsePair({ app, infra, spoil });
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('every expectation of the six acts holds, and none is left out', () => {
  const expectations = rehearsal.phases.flatMap((phase) => phase.expectations);
  expect(expectations.filter(({ result }) => result !== 'held')).toEqual([]);
  expect(rehearsal.phases.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(rehearsal.phases.map((phase) => phase.expectations.length).every((count) => count >= 5)).toBe(true);
  expect(rehearsal.failures).toEqual([]);
});

test('at the end every environment answers: dev and staging with the first version, prod with the hotfix', () => {
  const [dev, staging, prod] = rehearsal.where;
  expect([dev, staging, prod].map((place) => place?.health)).toEqual([200, 200, 200]);
  expect(dev?.digest).toBe(staging?.digest);
  expect(prod?.digest).not.toBe(dev?.digest);
  expect(dev?.version).toMatch(/^[0-9a-f]{40}$/);
});

test('what was substituted is counted, and nobody outside was asked', () => {
  expect(rehearsal.steps.real).toBeGreaterThan(50);
  expect(rehearsal.steps['built-in']).toBeGreaterThan(10);
  expect(rehearsal.steps['stand-in']).toBeGreaterThan(0);
  expect(rehearsal.egress.filter(({ verdict }) => verdict !== 'lab')).toEqual([]);
});
