import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { carry } from '../src/lab/scenarios/acts/carry.ts';
import { lastLog } from '../src/lab/scenarios/ask.ts';
import type { Clone } from '../src/lab/scenarios/clone.ts';
import { lastPullNumber, split } from '../src/lab/scenarios/deeds.ts';
import { lastRunId, runsAfter } from '../src/lab/scenarios/look.ts';
import type { Rehearsal } from '../src/lab/scenarios/rehearse.ts';
import { findProgram } from '../src/runner/process/find-program.ts';
import { type Stage, stageExample } from './attacks/stage-example.ts';
import {
  commitsIn,
  digestsIn,
  expectRefused,
  holdsIn,
  listenForNotifications,
  mergeChange,
  release,
  rollbacksIn,
  runsOf,
  waysBack,
} from './testing/production.ts';
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

test('build once: linters, scans and image tests; staging from main, put back when it does not answer', async () => {
  for (const program of ['hadolint', 'shellcheck', 'yamllint', 'trivy'])
    if ((await findProgram(program, process.env['PATH'] ?? '')) === undefined)
      process.stderr.write(`examples/build-once: ${program} is not on this machine: the lab stands for it\n`);
  const rehearsal = await rehearseExample('build-once', join(folder, 'build-once'));
  expect(failed(rehearsal)).toEqual([]);
  expect(held(rehearsal)).toBeGreaterThan(30);
});

test('dispatch to Helm: the first environment takes what its tag says', async () => {
  const rehearsal = await rehearseExample('helm-dispatch', join(folder, 'helm-dispatch'));
  expect(failed(rehearsal)).toEqual([]);
  expect(held(rehearsal)).toBeGreaterThan(30);
});

/** An application that goes wrong where only people are, and in no test: its smoke check sees it. */
const badThere = {
  'build-once': {
    file: 'src/server.js',
    before: "    if (pathname === '/convert') {\n",
    after:
      "    if (pathname === '/convert' && /\\.production\\./.test(request.headers.host)) return answer(200, { result: 0 });\n",
  },
  'helm-dispatch': {
    file: 'src/server.js',
    before: "  if (route === 'POST /notes') {\n",
    after:
      "  if (route === 'POST /notes' && /\\.prod\\./.test(request.headers.host)) return [500, { message: 'full' }];\n",
  },
} as const;

test.each([
  ['build-once', 'v1.0.0', 'v1.1.0', 'production', 'automatic'],
  ['helm-dispatch', 'v1.0.0-stable', 'v1.1.0-stable', 'prod', 'propose'],
] as const)(
  '%s: a tag brings what its commit was built into to production; one that answers wrongly there is put back, each service by itself',
  async (name, good, bad, to, way) => {
    const channel = await listenForNotifications();
    const stage = await stageExample(name, [], { secrets: new Map([['NOTIFY_WEBHOOK_URL', channel.url]]) });
    try {
      const { world, lab } = stage;
      if (name === 'build-once') await expectBuildsRefused(stage);
      const commit = await release(stage, good, to);
      const digests = await digestsIn(stage, to);
      const services = Object.keys(digests);
      expect(Object.values(await commitsIn(stage, to))).toEqual(services.map(() => commit));
      expect(channel.told).toEqual([]);

      const { file, before, after } = badThere[name];
      await mergeChange(stage, 'Answer wrongly in production', async (clone) => {
        const path = join(clone.folder, file);
        writeFileSync(path, readFileSync(path, 'utf8').replace(before, `${after}${before}`));
      });
      await release(stage, bad, to);
      const rollbacks = await rollbacksIn(stage, to);
      expect(rollbacks.map(({ title }) => title).sort()).toEqual(
        services.map((service) => `Roll back ${service} to ${digests[service]?.slice(7, 19)} in ${to}`).sort(),
      );
      const open = way === 'propose' ? services : [];
      expect(rollbacks.filter(({ merged }) => !merged)).toHaveLength(open.length);
      if (way === 'automatic')
        expect(new Set(rollbacks.map(({ mergedBy }) => mergedBy))).toEqual(new Set(['trunkline-rollback[bot]']));
      const target = world.pair.environments.find((one) => one.name === to);
      if (way === 'propose' && target !== undefined) {
        // What was there before serves again once those who must have approved it.
        expect(Object.values(await commitsIn(stage, to))).not.toContain(commit);
        // Whoever merged the bad one is who the rollback is asked for by: somebody else of the team has to look.
        const others = [world.people.developer, ...(world.people.teams.get('platform') ?? [])];
        for (const pull of rollbacks) await carry(world, pull, target, others);
      }
      expect(await digestsIn(stage, to)).toEqual(digests);
      expect(Object.values(await commitsIn(stage, to))).toEqual(services.map(() => commit));
      expect(await holdsIn(stage, to)).toEqual(services.toSorted());
      expect(channel.told).toHaveLength(services.length);
      const took = await waysBack(stage, to, rollbacks);
      process.stdout.write(`${name}: ${took.join(' and ')} ms from a failed smoke check to its rollback\n`);
      // The red run is started again: nothing comes twice, and nobody is told twice.
      for (const run of await failedRuns(stage))
        await world.people.owner.api.rest.actions.reRunWorkflowFailedJobs({
          ...split(world.pair.infra.fullName),
          run_id: run,
        });
      await lab.idle();
      expect(await rollbacksIn(stage, to)).toHaveLength(rollbacks.length);
      expect(await digestsIn(stage, to)).toEqual(digests);
      expect(channel.told).toHaveLength(services.length);
    } finally {
      await stage.close();
      channel.close();
    }
  },
);

async function failedRuns({ world }: Stage): Promise<readonly number[]> {
  const runs = await runsAfter(world.people.owner, world.pair.infra.fullName, 0);
  return runs.filter((run) => run.name === 'Deploy' && run.conclusion === 'failure').map(({ id }) => id);
}

/** What is not fit to be built does not merge; what is built and does not start is neither signed nor proposed. */
async function expectBuildsRefused(stage: Stage): Promise<void> {
  const append =
    (file: string, more: string) =>
    async ({ folder: home }: Clone): Promise<void> =>
      appendFileSync(join(home, file), more);
  await expectRefused(stage, 'units / quality', {
    dockerfile: [append('Dockerfile', 'ADD config.json ./\n'), /Dockerfile:\d+ DL3020/],
    shell: [append('test/image.sh', 'if true; then\n'), /In test\/image\.sh line \d+:/],
    yaml: [append('values.yaml', 'a: 1\na: 2\n'), /key-duplicates/],
  });
  const lock = { lockfileVersion: 3, packages: { 'node_modules/lodash': { version: '4.17.20' } } };
  await expectRefused(stage, 'units / scan', {
    vulnerable: [append('package-lock.json', JSON.stringify(lock)), /CVE-2021-23337/],
  });
  const start =
    (from: string, to: string) =>
    async ({ folder: home }: Clone): Promise<void> => {
      const path = join(home, 'Dockerfile');
      writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    };
  const { pair, people } = stage.world;
  const before = await lastPullNumber(people.reviewer, pair.infra.fullName);
  const logged = await lastRunId(people.developer, pair.app.fullName);
  const commit = await mergeChange(stage, 'Start what is not there', start('src/main.js', 'src/mian.js'));
  expect(await runsOf(stage, commit)).toContain('Delivery: failure');
  const said = await lastLog(people.developer, pair.app.fullName, logged);
  expect(said).toContain('expected the image to run');
  expect(said).not.toContain('trunkline ci sign');
  const { data } = await people.owner.api.rest.repos.listDeployments({ ...split(pair.app.fullName), sha: commit });
  expect(data).toEqual([]);
  expect(await lastPullNumber(people.reviewer, pair.infra.fullName)).toBe(before);
  await mergeChange(stage, 'Start what is there', start('src/mian.js', 'src/main.js'));
}
