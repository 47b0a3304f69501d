import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { dispatch } from '../src/cli/dispatch.ts';
import { git } from '../src/git/git.ts';
import { openSigningWorld, type SigningWorld } from '../src/lab/sigstore/testing/signing-world.ts';
import type { Digest } from '../src/model/digest.ts';
import { digestOf } from '../src/registry/digest-of.ts';

let world: SigningWorld;
let infra: string;
const today = Date.parse('2026-11-25T12:00:00Z');
beforeAll(async () => {
  world = await openSigningWorld();
  infra = join(world.folder, 'infra');
  mkdirSync(join(world.folder, 'docker'));
  writeFileSync(
    join(world.folder, 'docker/config.json'),
    JSON.stringify({ auths: { [world.host]: { auth: world.auth } } }),
  );
});
afterAll(() => world.close());

/** An image that says it was made so many days ago, under tags. */
async function push(days: number, tags: readonly string[], platforms: readonly Digest[] = []): Promise<Digest> {
  const place = { registry: world.host, repository: 'acme/api' };
  const created = new Date(today - days * 86_400_000).toISOString();
  const config = Buffer.from(JSON.stringify({ created, days, tags, salt: Math.random() }));
  const content = (): Uint8Array => config;
  await world.registry.putBlob(place, { digest: digestOf(config), size: config.length, content });
  const descriptor = (digest: Digest) => ({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1 });
  const index = platforms.length > 0;
  const mediaType = `application/vnd.oci.image.${index ? 'index' : 'manifest'}.v1+json`;
  const body = index
    ? { manifests: platforms.map(descriptor), annotations: { 'org.opencontainers.image.created': created } }
    : {
        config: {
          mediaType: 'application/vnd.oci.image.config.v1+json',
          digest: digestOf(config),
          size: config.length,
        },
        layers: [],
      };
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...body }));
  const digest = await world.registry.putManifest(place, { mediaType, bytes });
  for (const tag of tags) await world.registry.putManifest(place, { mediaType, bytes, tag });
  return digest;
}

async function prune(...args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const output = {
    write: (part: string) => {
      text += part;
    },
    isTTY: false,
    columns: 100,
  };
  const code = await dispatch(['ci', 'prune', `${world.host}/acme/api`, '--infra', infra, ...args], commands, {
    clock: { now: () => today, sleep: async () => undefined },
    random: (bytes) => new Uint8Array(bytes),
    env: { PATH: process.env['PATH'], DOCKER_CONFIG: join(world.folder, 'docker') },
    fetch: world.fetch,
    stdout: output,
    stderr: output,
    cwd: world.folder,
    interrupted: new AbortController().signal,
  });
  return { code, text };
}

test('old images go with what hangs on them; what runs, ran lately, is tagged or young stays whole', async () => {
  const [amd, arm] = [await push(80, []), await push(80, [])];
  const running = await push(80, ['sha-1'], [amd, arm]);
  const before = await push(70, ['sha-2']);
  const [oldOne, oldTwo] = [await push(60, ['sha-3']), await push(50, ['sha-4'])];
  const waiting = await push(40, ['sha-7']);
  const byTag = await push(45, ['sha-8']);
  const [young, newest, held] = [await push(2, ['sha-5']), await push(1, ['sha-6']), await push(90, ['v1'])];
  const image = { registry: world.host, repository: 'acme/api' };
  for (const digest of [oldOne, amd])
    await world.attach({ ...image, digest }, await world.signed(world.statement(digest)));

  mkdirSync(infra);
  const commit = async (text: string, date: string): Promise<void> => {
    writeFileSync(join(infra, 'prod.yaml'), text);
    await git(['add', '.'], { cwd: infra });
    const env = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    await git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', 'commit', '-qm', 'pin'], { cwd: infra, env });
  };
  await git(['init', '-q', '-b', 'main'], { cwd: infra });
  await commit(`image: x@${oldTwo}\n`, '2026-01-01T00:00:00Z');
  await commit(`image: x@${oldOne}\n`, '2026-01-02T00:00:00Z');
  await commit(`image: x@${before}\n`, '2026-11-01T00:00:00Z');
  await commit(`image: x@${running}\n`, '2026-11-02T00:00:00Z');
  await commit(`image: x@${running}\nimage: x:sha-8\n`, '2026-11-03T00:00:00Z');
  // Its clock is wrong, and a diff of these files says nothing; the one before it counts nevertheless.
  writeFileSync(join(infra, '.gitattributes'), '*.yaml binary\n');
  await commit(`image: x@${running}\n`, '2001-01-01T00:00:00Z');
  await git(['checkout', '-q', '-b', 'trunkline/bump/api'], { cwd: infra });
  await commit(`image: x@${waiting}\n`, '2026-10-01T00:00:00Z');
  await git(['checkout', '-q', 'main'], { cwd: infra });

  const told = await prune('--keep-newest', '1', '--keep-tag', 'v*', '--json', '--window', '24d');
  expect(told.code).toBe(0);
  const plan = JSON.parse(told.text) as {
    keep: { digest: string; reason: string }[];
    remove: { digest: string; reason: string }[];
  };
  const reasons = Object.fromEntries(plan.keep.map((one) => [one.digest, one.reason]));
  expect(reasons).toMatchObject({
    [running]: 'named in prod.yaml',
    [amd]: `part of ${running.slice(7, 19)}`,
    [arm]: `part of ${running.slice(7, 19)}`,
    [before]: expect.stringMatching(/^changed in [0-9a-f]+ 2026-11-02$/),
    [waiting]: expect.stringMatching(/^proposed in [0-9a-f]+ 2026-10-01$/),
    [byTag]: 'its tag sha-8 stands in a manifest',
    [young]: 'too young',
    [newest]: 'among the newest 1, tagged sha-6',
    [held]: 'its tag v1 is kept',
  });
  expect(Object.values(reasons)).toContain(`hangs on ${amd.slice(7, 19)}`);
  expect(
    plan.remove
      .map((one) => one.digest)
      .slice(0, 2)
      .sort(),
  ).toEqual([oldOne, oldTwo].sort());
  expect(plan.remove).toHaveLength(3);
  expect(plan.remove[0]?.reason).toMatch(/^an old tag \(sha-[34]\), used nowhere, \d+ days old$/);

  expect((await prune('--keep-newest', '1', '--keep-tag', 'v*', '--window', '24d')).text).toContain(
    '3 would go; --delete carries it out',
  );
  const gone = await prune('--keep-newest', '1', '--keep-tag', 'v*', '--window', '24d', '--delete');
  expect(gone.text).toContain('3 of 3 are gone');
  expect([...(await world.registry.tags(image))].sort()).toEqual([
    'sha-1',
    'sha-2',
    'sha-5',
    'sha-6',
    'sha-7',
    'sha-8',
    'v1',
  ]);
  expect(await world.registry.referrers({ ...image, digest: amd })).toHaveLength(1);
  expect(await world.registry.resolve({ ...image, digest: oldOne })).toBeUndefined();
  expect((await prune('--keep-newest', '1', '--keep-tag', 'v*', '--window', '24d', '--delete')).text).toContain(
    '0 of 0 are gone',
  );
});

test('what another infra repository uses stays too', async () => {
  const old = await push(60, []);
  const tagged = await push(60, ['sha-9'], [old]);
  const other = join(world.folder, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'x.yaml'), `image: x@${tagged}\n`);
  await git(['init', '-q', '-b', 'main'], { cwd: other });
  await git(['add', '.'], { cwd: other });
  await git(['-c', 'user.name=x', '-c', 'user.email=x@x.test', 'commit', '-qm', 'pin'], { cwd: other });
  const words = ['--keep-newest', '1', '--keep-tag', 'v*', '--window', '24d'];
  expect((await prune(...words)).text).toContain('2 would go');
  expect((await prune(...words, '--infra', other)).text).toContain('0 would go');
});

test('a clone without its history is refused', async () => {
  const shallow = join(world.folder, 'shallow');
  await git(['clone', '-q', '--depth', '1', `file://${infra}`, shallow], { cwd: world.folder });
  const all = infra;
  infra = shallow;
  expect(await prune()).toMatchObject({
    code: 2,
    text: expect.stringMatching(/found a shallow clone[\s\S]*fetch-depth: 0/),
  });
  infra = all;
});
