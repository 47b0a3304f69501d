import { afterEach, beforeEach, expect, test } from 'vitest';
import { ObjectBatch } from '../../git/object-batch.ts';
import { releaseOf } from './layout.ts';
import { readPinChanges } from './pin-changes.ts';
import { sameButDigest } from './same-but-digest.ts';
import { readSince } from './since.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';
import { digestOf, hour, type InfraRepository, makeInfraRepository } from './testing/infra-repository.ts';

let repository: InfraRepository;
let objects: ObjectBatch;

beforeEach(async () => {
  repository = await makeInfraRepository();
});
afterEach(() => {
  objects.close();
  repository.remove();
});

const envs = (pins: Readonly<Record<string, string>>): string =>
  `${JSON.stringify(Object.fromEntries(Object.entries(pins).map(([service, word]) => [service, { image: `ghcr.io/acme/${service}@${digestOf(word)}` }])), undefined, 2)}\n`;

async function snapshot(): Promise<Snapshot> {
  objects = new ObjectBatch(repository.folder);
  return readSnapshot(repository.folder, await repository.git('rev-parse', 'HEAD'), objects);
}

async function changes(): Promise<readonly string[]> {
  const { commit, layout } = await snapshot();
  const found: string[] = [];
  for await (const one of readPinChanges(repository.folder, commit, layout, objects, { shallow: false })) {
    for (const { service, environment, before, after } of one.changes) {
      const words = [before, after].map((pin) => (pin === undefined ? '-' : releaseOf(pin).slice(7, 11)));
      found.push(`${one.commit.message.split('\n')[0]}: ${service} in ${environment} ${words.join('→')}`);
    }
  }
  return found;
}

const short = (word: string): string => digestOf(word).slice(7, 11);

test('changes are found through renames, several services in a commit, merges and files that are no JSON for a while', async () => {
  await repository.commit(0, 'Start', {
    'envs/dev.json': envs({ api: 'a1', web: 'w1' }),
    'envs/prod.json': envs({ api: 'a1' }),
  });
  await repository.commit(1, 'Both (#2)', { 'envs/dev.json': envs({ api: 'a2', web: 'w2' }) });
  await repository.commit(2, 'Break', { 'envs/dev.json': '{ "api": ' });
  await repository.commit(3, 'Mend', { 'envs/dev.json': envs({ api: 'a3', web: 'w2' }) });
  await repository.commit(4, 'Rename', {
    'envs/dev.json': null,
    'environments/dev.json': envs({ api: 'a3', web: 'w2' }),
  });
  await repository.commit(5, 'Add', { 'environments/dev.json': envs({ api: 'a3', web: 'w2', jobs: 'j1' }) });
  await repository.commit(6, 'Drop', { 'environments/dev.json': envs({ api: 'a3', jobs: 'j1' }), 'README.md': 'x' });
  expect(await changes()).toEqual([
    `Drop: web in dev ${short('w2')}→-`,
    `Add: jobs in dev -→${short('j1')}`,
    `Break: api in dev ${short('a2')}→${short('a3')}`,
    `Both (#2): api in dev ${short('a1')}→${short('a2')}`,
    `Both (#2): web in dev ${short('w1')}→${short('w2')}`,
    `Start: api in dev -→${short('a1')}`,
    `Start: web in dev -→${short('w1')}`,
    `Start: api in prod -→${short('a1')}`,
  ]);
});

test('two files of the same bytes are two files', async () => {
  await repository.commit(0, 'Start', { 'envs/dev.json': envs({ api: 'a1' }), 'envs/prod.json': envs({ api: 'a1' }) });
  await repository.commit(1, 'Away', { 'envs/dev.json': envs({ api: 'a2' }) });
  const { commit, layout, places } = await snapshot();
  const since = await readSince(repository.folder, commit, layout, objects, places, { shallow: false, bytes: 1e9 });
  expect([...since.commits.values()].map((one) => one.message)).toEqual(['Away', 'Start']);
});

test('what came by a merge counts where it was merged, not where it was written', async () => {
  await repository.commit(0, 'Start', { 'envs/dev.json': envs({ api: 'a1' }) });
  const first = await repository.git('rev-parse', 'main');
  await repository.commit(1, 'Work on a branch', { 'envs/dev.json': envs({ api: 'a2' }) });
  const work = await repository.git('rev-parse', 'main');
  const tree = await repository.git('rev-parse', 'main^{tree}');
  const who = ['-c', 'user.name=Bob', '-c', 'user.email=bob@acme.test'];
  const merge = await repository.git(
    ...who,
    'commit-tree',
    tree,
    '-p',
    first,
    '-p',
    work,
    '-m',
    'Merge pull request #7 from acme/work',
  );
  await repository.git('update-ref', 'refs/heads/main', merge);
  expect((await changes())[0]).toMatch(/^Merge pull request #7 from acme\/work: api in dev /);
});

test('looking back ends with the last place, or with what may be read', async () => {
  await repository.commit(0, 'Start', { 'envs/dev.json': envs({ api: 'a1', web: 'w1' }) });
  await repository.commit(1, 'One', { 'envs/dev.json': envs({ api: 'a2', web: 'w1' }) });
  await repository.commit(2, 'Two', { 'envs/dev.json': envs({ api: 'a3', web: 'w1' }) });
  const { commit, layout, places } = await snapshot();
  const look = (bytes: number) =>
    readSince(repository.folder, commit, layout, objects, places, { shallow: false, bytes });
  const all = await look(1e9);
  expect([...all.commits.values()].map((one) => one.message)).toEqual(['Two', 'Start']);
  expect(all.until).toBeUndefined();
  const little = await look(0);
  expect([...little.commits.values()].map((one) => one.message)).toEqual(['Two']);
  expect(little.until).toEqual({ at: hour(2), because: 'limit' });
});

test('a shallow clone is not taken for the whole history', async () => {
  await repository.commit(0, 'Start', { 'envs/dev.json': envs({ api: 'a1', web: 'w1' }) });
  await repository.commit(1, 'One', { 'envs/dev.json': envs({ api: 'a2', web: 'w1' }) });
  await repository.commit(2, 'Two', { 'envs/dev.json': envs({ api: 'a3', web: 'w1' }) });
  await repository.git('clone', '--quiet', '--bare', '--depth', '2', `file://${repository.folder}`, 'shallow.git');
  const folder = `${repository.folder}/shallow.git`;
  const { commit, layout, places } = await snapshot();
  const since = await readSince(folder, commit, layout, objects, places, { shallow: true, bytes: 1e9 });
  expect([...since.commits.values()].map((one) => one.message)).toEqual(['Two']);
  expect(since.until).toEqual({ at: hour(1), because: 'shallow' });
});

test('a text that differs in one digest is read without being parsed, and only then', () => {
  const seen = ['a1', 'w1'].map((word, index) => ({
    service: ['api', 'web'][index] ?? '',
    environment: 'dev',
    pin: { text: `x@${digestOf(word)}`, image: 'x', digest: digestOf(word) as never },
  }));
  const text = (...words: string[]): Buffer =>
    Buffer.from(words.map((word) => `k: x@${digestOf(word)} # ü\n`).join(''));
  const older = sameButDigest(text('a0', 'w1'), text('a1', 'w1'), seen);
  expect(older?.map((one) => one.pin?.text)).toEqual([`x@${digestOf('a0')}`, `x@${digestOf('w1')}`]);
  expect(sameButDigest(text('a1', 'w1'), text('a1', 'w1'), seen)).toBe(seen);
  const no: readonly (readonly [Buffer, Buffer])[] = [
    [text('a0', 'w0'), text('a1', 'w1')],
    [text('a0', 'a1'), text('a1', 'a1')],
    [text('a0'), text('a1', 'w1')],
    [text('z0', 'w1'), text('z1', 'w1')],
    [Buffer.from(text('a1').toString().replace('k:', 'l:')), text('a1')],
  ];
  for (const [before, after] of no) expect(sameButDigest(before, after, seen)).toBeUndefined();
  objects = new ObjectBatch(repository.folder);
});
