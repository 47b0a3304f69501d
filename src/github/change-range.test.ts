import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChangeRange, readChangedPaths, readChangeRange } from './change-range.ts';

let folder: string;
/** main: one ── two; topic, off one: topic; merge: topic into two. */
const commits: Record<'one' | 'two' | 'topic' | 'merge', string> = { one: '', two: '', topic: '', merge: '' };
const zero = '0'.repeat(40);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'range-'));
  git('init', '-q', '-b', 'main');
  commits.one = commit('a');
  commits.two = commit('b');
  git('checkout', '-qb', 'topic', commits.one);
  commits.topic = commit('c');
  git('checkout', '-q', '--detach', 'main');
  git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
  commits.merge = git('rev-parse', 'HEAD');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function git(...args: string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
  return execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.test', ...args], { cwd: folder, env })
    .toString()
    .trim();
}
function commit(name: string): string {
  writeFileSync(join(folder, name), name);
  git('add', name);
  git('commit', '-qm', name);
  return git('rev-parse', 'HEAD');
}
function range(event: object | undefined, checkedOut: string): Promise<ChangeRange | undefined> {
  git('checkout', '-q', '--detach', checkedOut);
  const path = join(folder, '.git', 'event.json');
  if (event !== undefined) writeFileSync(path, JSON.stringify(event));
  return readChangeRange({ cwd: folder, env: event === undefined ? {} : { GITHUB_EVENT_PATH: path } });
}
const repository = { default_branch: 'main' };

test.each<[string, () => [object | undefined, string], keyof typeof commits | undefined, string]>([
  [
    'a push',
    () => [{ ref: 'refs/heads/main', before: commits.one, repository }, commits.two],
    'one',
    'the push before',
  ],
  [
    'a force push, whose earlier commit is no ancestor',
    () => [{ ref: 'refs/heads/main', before: commits.topic, forced: true, repository }, commits.two],
    'topic',
    'the force push replaced',
  ],
  [
    'a force push, whose earlier commit is gone',
    () => [{ ref: 'refs/heads/main', before: 'f'.repeat(40), forced: true, repository }, commits.two],
    undefined,
    'is not in this clone',
  ],
  [
    'the first push',
    () => [{ ref: 'refs/heads/main', before: zero, repository }, commits.two],
    undefined,
    'the first push',
  ],
  [
    'a new branch',
    () => [{ ref: 'refs/heads/topic', before: zero, created: true, repository }, commits.topic],
    'one',
    'where it left main',
  ],
  ['a tag', () => [{ ref: 'refs/tags/v1', before: zero, repository }, commits.two], undefined, 'a tag was pushed'],
  [
    'a pull request, as GitHub merges it',
    () => [{ pull_request: { head: { sha: commits.topic }, base: { sha: commits.one } } }, commits.merge],
    'two',
    'merged into',
  ],
  [
    'a pull request at its head',
    () => [{ pull_request: { head: { sha: commits.topic }, base: { sha: commits.two } } }, commits.topic],
    'one',
    'where it left its base',
  ],
  [
    'a pull request without its base',
    () => [{ pull_request: { head: { sha: commits.topic }, base: { sha: 'f'.repeat(40) } } }, commits.topic],
    undefined,
    'is not in this clone',
  ],
  ['a merge queue', () => [{ merge_group: { base_sha: commits.one } }, commits.two], 'one', 'queued behind'],
  ['a button', () => [{ inputs: {} }, commits.two], 'one', 'its first parent'],
  ['no event, at the first commit', () => [undefined, commits.one], undefined, 'the first commit'],
])('%s', async (_name, arrange, base, because) => {
  const [event, checkedOut] = arrange();
  const found = await range(event, checkedOut);
  expect(found).toMatchObject({ head: checkedOut });
  expect(found?.base).toBe(base === undefined ? undefined : commits[base]);
  expect(found?.because).toContain(because);
});

test('a deleted branch has nothing that changed', async () => {
  expect(
    await range({ ref: 'refs/heads/topic', before: commits.topic, after: zero, deleted: true }, commits.two),
  ).toBeUndefined();
});

test('paths that moved are told by both names', async () => {
  git('checkout', '-q', '--detach', 'main');
  git('mv', 'a', 'moved "a"\n');
  git('commit', '-qm', 'move');
  expect([...(await readChangedPaths(folder, commits.two, 'HEAD'))].sort()).toEqual(['a', 'moved "a"\n']);
});

test('a base that is not there is refused', async () => {
  await expect(readChangeRange({ cwd: folder, env: {}, base: 'nope' })).rejects.toThrow('found --base nope');
});
