import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../../git/git.ts';
import { openSourceRepository, parseRemote } from './source-repository.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-source-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<string> =>
  git(['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder, isolated: true });

test('only what is committed counts; what is not is named and left alone', async () => {
  await run('init', '-q', '-b', 'trunk');
  await run('remote', 'add', 'origin', 'git@github.com:acme/shop.git');
  writeFileSync(join(folder, 'a.txt'), 'one');
  await run('add', '.');
  await run('commit', '-q', '-m', 'one');
  writeFileSync(join(folder, 'a.txt'), 'two');
  writeFileSync(join(folder, 'new file'), 'three');
  const source = await openSourceRepository(folder);
  expect(source).toMatchObject({ branch: 'trunk', origin: 'acme/shop', files: ['a.txt'] });
  expect(source.uncommitted).toHaveLength(2);
  expect(await source.read('a.txt')).toBe('one');
  expect(await source.read('b.txt')).toBeUndefined();
});

test('a folder that is no repository, and a repository without a commit, are refused with what to do', async () => {
  await expect(openSourceRepository(folder)).rejects.toMatchObject({ code: 'NOT_A_REPOSITORY' });
  await run('init', '-q');
  await expect(openSourceRepository(folder)).rejects.toThrow('expected a commit');
});

test('any folder of a repository stands for all of it; so does a bare one', async () => {
  await run('init', '-q', '-b', 'main');
  mkdirSync(join(folder, 'deep/down'), { recursive: true });
  writeFileSync(join(folder, 'deep/down/a.txt'), 'a');
  writeFileSync(join(folder, 'b.txt'), 'b');
  await run('add', '.');
  await run('commit', '-q', '-m', 'one');
  const deep = await openSourceRepository(join(folder, 'deep/down'));
  expect(deep).toMatchObject({ folder: realpathSync(folder), files: ['b.txt', 'deep/down/a.txt'] });
  expect(await deep.read('b.txt')).toBe('b');
  await run('clone', '-q', '--bare', '.', 'shop.git');
  const bare = await openSourceRepository(join(folder, 'shop.git'));
  expect(bare).toMatchObject({ name: 'shop', branch: 'main', files: deep.files, uncommitted: [] });
});

test('a repository with other object names than GitHub takes is refused', async () => {
  await run('init', '-q', '--object-format=sha256');
  await expect(openSourceRepository(folder)).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: `expected SHA-1 object names in ${realpathSync(folder)}, found sha256`,
  });
});

test('a folder that is not there is not taken for a missing git', async () => {
  await expect(openSourceRepository(join(folder, 'none'))).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: `expected a folder at ${join(folder, 'none')}, found none`,
  });
});

test.each([
  ['https://github.com/acme/shop.git', 'acme/shop'],
  ['https://user:token@github.com/acme/shop', 'acme/shop'],
  ['git@github.com:acme/shop.git', 'acme/shop'],
  ['ssh://git@github.com:22/acme/shop.git/', 'acme/shop'],
  ['/srv/git/shop.git', undefined],
  ['../shop', undefined],
  ['', undefined],
])('the remote %s is %s', (url, name) => {
  expect(parseRemote(url)).toBe(name);
});
