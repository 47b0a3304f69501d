import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carry } from '../src/lab/scenarios/acts/carry.ts';
import { expectServed } from '../src/lab/scenarios/acts/served.ts';
import { lastPullNumber, pullsAfter, split } from '../src/lab/scenarios/deeds.ts';
import { digestNow } from '../src/lab/scenarios/look.ts';
import type { Rehearsal } from '../src/lab/scenarios/rehearse.ts';
import { findProgram } from '../src/runner/process/find-program.ts';
import { type Stage, stageExample } from './attacks/stage-example.ts';
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
  const rehearsal = await rehearseExample('build-once', join(folder, 'build-once'));
  expect(failed(rehearsal)).toEqual([]);
  expect(held(rehearsal)).toBeGreaterThan(30);
});

test('dispatch to Helm: the first environment takes what its tag says', async () => {
  const rehearsal = await rehearseExample('helm-dispatch', join(folder, 'helm-dispatch'));
  expect(failed(rehearsal)).toEqual([]);
  expect(held(rehearsal)).toBeGreaterThan(30);
});

test.each([
  ['build-once', 'v1.0.0', 'production', withoutTools],
  ['helm-dispatch', 'v1.0.0-stable', 'prod', []],
] as const)(
  '%s: the tag %s brings what its commit was built into to %s, once both teams approve',
  async (name, tag, to, missing) => {
    const stage = await stageExample(name, missing);
    try {
      await release(stage, tag, to);
    } finally {
      await stage.close();
    }
  },
);

async function release({ world, lab }: Stage, tag: string, to: string): Promise<void> {
  const { pair, people, book } = world;
  const { developer, reviewer, owner, teams } = people;
  // As `settings apply` sets it: tags of releases get into the environment that publishes.
  await owner.api.rest.repos.createDeploymentBranchPolicy({
    ...split(pair.app.fullName),
    environment_name: 'publish',
    name: 'v*',
    type: 'tag',
  });
  const before = await lastPullNumber(reviewer, pair.infra.fullName);
  const clone = await developer.clone(pair.app.fullName);
  await clone.startBranch('tagged', `origin/${pair.app.branch}`);
  const commit = await clone.git('rev-parse', 'HEAD');
  expect((await clone.push(`refs/tags/${tag}`)).taken).toBe(true);
  await lab.idle();
  const pulls = await pullsAfter(reviewer, pair.infra.fullName, before);
  const pull = pulls.find(({ title }) => title.includes(pair.service) && title.endsWith(` in ${to}`));
  const target = pair.environments.find((one) => one.name === to);
  if (pull === undefined || target === undefined)
    throw new Error(`found ${pulls.map(({ title }) => title).join(', ')}`);
  expect(pull.byBot).toBe(true);
  await carry(world, pull, target, [reviewer, ...(teams.get('platform') ?? [])]);
  const digest = await digestNow(world, pair.chain[0].name);
  await expectServed(world, to, { commit, digest });
  const wrong = book.phases.flatMap(({ expectations }) => expectations).filter(({ result }) => result === 'failed');
  expect(wrong.map(({ text, found }) => `${text}: ${found}`)).toEqual([]);
}
