import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { GitStarter } from '../../src/git/git-starter.ts';
import { type Lab, openLab } from '../../src/lab/lab.ts';
import { labUnderTest } from '../../src/lab/lab-under-test.ts';
import { rehearseBump, rehearsePublish } from '../../src/lab/scenarios/acts/publish.ts';
import { rehearsePullRequest } from '../../src/lab/scenarios/acts/pull-request.ts';
import { Book } from '../../src/lab/scenarios/book.ts';
import { harmlessChange } from '../../src/lab/scenarios/changes.ts';
import { split } from '../../src/lab/scenarios/deeds.ts';
import { type ExampleName, makeExamplePair } from '../../src/lab/scenarios/example-pair.ts';
import { readPair } from '../../src/lab/scenarios/pair.ts';
import { createPerson, type Person } from '../../src/lab/scenarios/person.ts';
import { stageWorld } from '../../src/lab/scenarios/rehearse.ts';
import { openSourceRepository } from '../../src/lab/scenarios/source-repository.ts';
import type { World } from '../../src/lab/scenarios/world.ts';
import { changeConfig, leaveOut, type Missing } from '../testing/rehearse-example.ts';
import { root } from '../testing/rehearse-pair.ts';

/** The example's pair in a lab, set up and protected, with one release in its first environment. */
export interface Stage {
  readonly lab: Lab;
  readonly world: World;
  /** Has an account and no rights; both repositories are public, so that there is something to fork. */
  readonly mallory: Person;
  /** Values that no log may show. */
  readonly secrets: readonly string[];
  printed(action: () => Promise<unknown>): Promise<string>;
  close(): Promise<void>;
}

/** `applied`: what the rehearsal set to have itself protected gives way to what `trunkline settings apply` sets. */
export async function stageExample(
  name: ExampleName = 'two-repositories',
  missing: readonly Missing[] = [],
  { applied = false, secrets = new Map() }: { applied?: boolean; secrets?: ReadonlyMap<string, string> } = {},
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-attacked-'));
  const ports = {
    clock: { now: () => Date.now(), sleep: (ms: number) => setTimeout(ms) },
    random: randomBytes,
    env: process.env,
  };
  const lab = await openLab({ ports, packageFolder: root });
  const lines: string[] = [];
  lab.onReport((report) => {
    if (report.kind === 'line') lines.push(report.text);
  });
  const github = labUnderTest(lab);
  const { app, infra } = await makeExamplePair(root, folder, 'acme', name);
  if (missing.length > 0) await leaveOut(name, app, missing);
  if (applied)
    for (const part of [app, infra])
      await changeConfig(part, 'Name the App', (text) => `${text.trimEnd()}\napps: { delivery: trunkline-delivery }\n`);
  const source = await openSourceRepository(app);
  const pair = await readPair(source, await openSourceRepository(infra));
  const deployToken = randomBytes(24).toString('hex');
  const book = new Book(Date.now, () => {});
  const world = await stageWorld(github, book, {
    pair,
    folder: join(folder, 'people'),
    change: harmlessChange(source, pair.servicePath),
    secrets,
    botSecrets: [],
    deployToken,
    commandFile: join(root, 'dist/trunkline.js'),
  });
  const published = await rehearsePublish(world, await rehearsePullRequest(world));
  await rehearseBump(world, published);
  const failed = book.phases.flatMap(({ expectations }) => expectations).find(({ result }) => result === 'failed');
  if (failed !== undefined) throw new Error(`${failed.text}: expected ${failed.expected}, found ${failed.found}`);
  for (const { fullName } of [pair.app, pair.infra])
    await world.people.owner.api.rest.repos.update({ ...split(fullName), private: false });
  if (applied) await applySettings(world, folder);
  lab.admin.createUser('mallory');
  const token = lab.admin.createToken('mallory', { scopes: ['repo', 'workflow'] });
  return {
    lab,
    world,
    mallory: createPerson(
      github,
      { login: 'mallory', token },
      { folder: join(folder, 'people'), starter: new GitStarter() },
    ),
    // Of a key, the lines between the first and the last.
    secrets: [deployToken, ...[world.delivery, world.propose].flatMap(({ privateKey }) => middle(privateKey))],
    printed: async (action) => {
      lines.length = 0;
      await action();
      await lab.idle();
      return lines.join('\n');
    },
    close: async () => {
      await lab.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As an owner of the organisation does it, once the checks have been seen. */
async function applySettings({ people: { owner }, pair, command }: World, folder: string): Promise<void> {
  const names = [pair.app.fullName, pair.infra.fullName];
  for (const name of names) {
    const { data } = await owner.api.rest.repos.getRepoRulesets(split(name));
    for (const { id } of data) await owner.api.rest.repos.deleteRepoRuleset({ ...split(name), ruleset_id: id });
  }
  // The rehearsal's environments let other branches in than ours do, which counts as loosening.
  const words = [
    'settings',
    'apply',
    '--loosen',
    '--journal',
    join(folder, 'settings.jsonl'),
    '--repository',
    ...names,
  ];
  const { exitCode, said } = await command(owner, folder, words);
  if (exitCode !== 0) throw new Error(said);
}

function middle(key: string): readonly string[] {
  return key.split('\n').filter((line) => line.length > 40 && !line.startsWith('-----'));
}
