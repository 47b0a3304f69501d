import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rehearsal } from '../src/lab/scenarios/rehearse.ts';
import { findProgram } from '../src/runner/process/find-program.ts';
import { type Missing, rehearseExample } from './testing/rehearse-example.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-examples-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failed = ({ phases }: Rehearsal): readonly string[] =>
  phases
    .flatMap(({ expectations }) => expectations)
    .filter(({ result }) => result === 'failed')
    .map(({ text, found }) => `${text}: ${found}`);
const held = ({ phases }: Rehearsal): number =>
  phases.flatMap(({ expectations }) => expectations).filter(({ result }) => result === 'held').length;

test('the bookstore: risks, PostgreSQL beside its tests and behind its services, images in ECR', async () => {
  const postgres = await findProgram(
    'initdb',
    `${process.env['PATH']}:/usr/lib/postgresql/15/bin:/usr/lib/postgresql/16/bin`,
  );
  const missing: readonly Missing[] =
    postgres === undefined
      ? [
          { program: 'PostgreSQL', line: /^ {2}uses: .*\n/m },
          { program: 'PostgreSQL', line: /^ {4}integration: .*\n/m },
        ]
      : [];
  const rehearsal = await rehearseExample('bookstore', join(folder, 'bookstore'), missing);
  expect(failed(rehearsal)).toEqual([]);
  expect(held(rehearsal)).toBeGreaterThan(70);
  expect(rehearsal.where.map(({ environment, health }) => [environment, health])).toEqual([
    ['dev', 200],
    ['staging', 200],
    ['prod', 200],
  ]);
});

/** In a lab github.com is the lab, where no linter is released, and images are built without docker. */
const withoutTools: readonly Missing[] = [
  { program: 'hadolint', line: /^ {2}quality: .*\n/m },
  { program: 'docker', line: /, image: test\/image\.sh/ },
];

test('build once: staging from main, put back when it does not answer', async () => {
  const rehearsal = await rehearseExample('build-once', join(folder, 'build-once'), withoutTools);
  expect(failed(rehearsal)).toEqual([]);
  expect(held(rehearsal)).toBeGreaterThan(30);
});

test('dispatch to Helm: the first environment takes what its tag says', async () => {
  const rehearsal = await rehearseExample('helm-dispatch', join(folder, 'helm-dispatch'));
  expect(failed(rehearsal)).toEqual([]);
  expect(held(rehearsal)).toBeGreaterThan(30);
});
