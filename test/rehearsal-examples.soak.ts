import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lastLog } from '../src/lab/scenarios/ask.ts';
import type { Clone } from '../src/lab/scenarios/clone.ts';
import { lastPullNumber, split } from '../src/lab/scenarios/deeds.ts';
import { makeExamplePair } from '../src/lab/scenarios/example-pair.ts';
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
  tipOf,
  waysBack,
} from './testing/production.ts';
import { changeConfig, type Missing, rehearseExample } from './testing/rehearse-example.ts';
import { rehearsePair, root } from './testing/rehearse-pair.ts';

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
  // Whoever signs in to AWS is judged by the policies that `settings trust` writes.
  expect(rehearsal.notes.join()).toMatch(/the lab's AWS judges trunkline-publish, .*trunkline-verify by the policies/);
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

test('helm-dispatch: a tag brings what its commit was built into to production, once both teams approve', async () => {
  const stage = await stageExample('helm-dispatch');
  try {
    const commit = await tipOf(stage);
    await release(stage, 'v1.0.0-stable', commit, 'prod');
    expect(await commitsIn(stage, 'prod')).toEqual({ notes: commit });
  } finally {
    await stage.close();
  }
});

test('build-once: what is not fit is not built, proposed or kept in production: each service is put back by itself', async () => {
  const channel = await listenForNotifications();
  const stage = await stageExample('build-once', [], { secrets: new Map([['NOTIFY_WEBHOOK_URL', channel.url]]) });
  const [to, services] = ['production', ['units-minimal', 'units-runtime']];
  try {
    const { world, lab } = stage;
    const commit = await tipOf(stage);
    await release(stage, 'v1.0.0', commit, to);
    const digests = await digestsIn(stage, to);
    expect(new Set(Object.values(digests)).size).toBe(services.length);
    expect(Object.values(await commitsIn(stage, to))).toEqual([commit, commit]);
    expect(channel.told).toEqual([]);

    await expectFaultsRefused(stage);
    await expectImageTested(stage);
    // Mends that, and goes wrong where only people are, and no test looks.
    await mergeChange(stage, 'Answer wrongly in production', async (clone) => {
      await edited('Dockerfile', 'src/mian.js', 'src/main.js')(clone);
      const before = "    if (pathname === '/convert') {\n";
      const wrong = '/\\.production\\./.test(request.headers.host)';
      const after = `    if (pathname === '/convert' && ${wrong}) return answer(200, { result: 0 });\n`;
      await edited('src/server.js', before, `${after}${before}`)(clone);
    });
    await release(stage, 'v1.1.0', await tipOf(stage), to);
    const rollbacks = await rollbacksIn(stage, to);
    expect(rollbacks.map(({ title }) => title).sort()).toEqual(
      services.map((service) => `Roll back ${service} to ${digests[service]?.slice(7, 19)} in ${to}`),
    );
    expect(rollbacks.map(({ mergedBy }) => mergedBy)).toEqual(services.map(() => 'trunkline-rollback[bot]'));
    const asBefore = async (): Promise<void> => {
      expect(await digestsIn(stage, to)).toEqual(digests);
      expect(Object.values(await commitsIn(stage, to))).toEqual([commit, commit]);
      expect(await holdsIn(stage, to)).toEqual(services);
      expect(channel.told).toHaveLength(services.length);
      expect(await rollbacksIn(stage, to)).toHaveLength(services.length);
    };
    await asBefore();
    const took = await waysBack(stage, to, rollbacks);
    process.stdout.write(`${took.join(' and ')} ms from a failed smoke check to its rollback\n`);
    // The red runs are started again: nothing comes twice, and nobody is told twice.
    for (const run of await failedRuns(stage)) {
      const where = { ...split(world.pair.infra.fullName), run_id: run };
      await world.people.owner.api.rest.actions.reRunWorkflowFailedJobs(where);
    }
    await lab.idle();
    await asBefore();
  } finally {
    await stage.close();
    channel.close();
  }
});

async function failedRuns({ world }: Stage): Promise<readonly number[]> {
  const runs = await runsAfter(world.people.owner, world.pair.infra.fullName, 0);
  return runs.filter((run) => run.name === 'Deploy' && run.conclusion === 'failure').map(({ id }) => id);
}

function edited(file: string, from: string, to: string): (clone: Clone) => Promise<void> {
  return async ({ folder: home }) => {
    const text = readFileSync(join(home, file), 'utf8');
    if (!text.includes(from)) throw new Error(`${file} has no "${from}"`);
    writeFileSync(join(home, file), text.replace(from, to));
  };
}

/** What is not fit to be built does not merge, whoever approves it. */
async function expectFaultsRefused(stage: Stage): Promise<void> {
  const append =
    (file: string, more: string) =>
    async ({ folder: home }: Clone): Promise<void> =>
      appendFileSync(join(home, file), more);
  const lock = { lockfileVersion: 3, packages: { 'node_modules/lodash': { version: '4.17.20' } } };
  await expectRefused(stage, {
    dockerfile: ['units / quality', append('Dockerfile', 'ADD config.json ./\n'), /Dockerfile:\d+ DL3020/],
    shell: ['units / quality', append('test/image.sh', 'if true; then\n'), /In test\/image\.sh line \d+:/],
    yaml: ['units / quality', append('values.yaml', 'a: 1\na: 2\n'), /key-duplicates/],
    vulnerable: ['units / scan', append('package-lock.json', JSON.stringify(lock)), /CVE-2021-23337/],
  });
}

/** What is built and does not start is neither signed nor proposed. */
async function expectImageTested(stage: Stage): Promise<void> {
  const { pair, people } = stage.world;
  const before = await lastPullNumber(people.reviewer, pair.infra.fullName);
  const logged = await lastRunId(people.developer, pair.app.fullName);
  const commit = await mergeChange(
    stage,
    'Start what is not there',
    edited('Dockerfile', 'src/main.js', 'src/mian.js'),
  );
  expect(await runsOf(stage, commit)).toContain('Delivery: failure');
  const said = await lastLog(people.developer, pair.app.fullName, logged);
  expect(said).toContain('expected the image to run');
  expect(said).not.toContain('trunkline ci sign');
  const { data } = await people.owner.api.rest.repos.listDeployments({ ...split(pair.app.fullName), sha: commit });
  expect(data).toEqual([]);
  expect(await lastPullNumber(people.reviewer, pair.infra.fullName)).toBe(before);
}

test.each(['argocd', 'flux'])(
  'in pull mode, by %s, what its agent tells is recorded by the generated workflow, as far as prod',
  async (agent) => {
    const { app, infra } = await makeExamplePair(root, join(folder, agent), 'acme', 'two-repositories');
    await changeConfig(infra, 'Let an agent bring releases in', (text) =>
      text.replace(
        /^deploy:\n(?: {2}.*\n)+/m,
        `repository: acme/infra\ndeploy: { ${agent}: "{service}-{environment}" }\n`,
      ),
    );
    const rehearsal = await rehearsePair({ app, infra });
    expect(failed(rehearsal)).toEqual([]);
    const expectations = rehearsal.phases.flatMap((phase) => phase.expectations);
    for (const environment of ['dev', 'staging', 'prod'])
      expect(expectations).toContainEqual(
        expect.objectContaining({ text: `a deployment to ${environment} is recorded`, result: 'held' }),
      );
  },
  120_000,
);
