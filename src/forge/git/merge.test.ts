import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../../git/git.ts';
import { githubCommitter, makeMerge } from './merge.ts';
import { client } from './testing/small-forge.ts';

let work = '';
beforeEach(async () => {
  work = mkdtempSync(join(tmpdir(), 'merge-'));
  await client(work, 'init', '--quiet', '-b', 'main');
  await commit('base.txt', 'one\ntwo\nthree\n', 'base');
  await client(work, 'switch', '--quiet', '-c', 'topic');
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

async function commit(file: string, text: string, message: string, author = 'Ann <ann@acme.test>'): Promise<void> {
  writeFileSync(join(work, file), text);
  await client(work, 'add', '-A');
  await client(work, 'commit', '--quiet', '-m', message, `--author=${author}`, '--date=2026-01-02T03:04:05+02:00');
}

async function merge(method: 'merge' | 'squash' | 'rebase', base = 'main', head = 'topic') {
  const [baseSha, headSha] = [await rev(base), await rev(head)];
  const author = { name: 'Ann', email: 'ann@acme.test', at: '2026-03-04T05:06:07Z' };
  const committer = githubCommitter('2026-03-04T05:06:07Z');
  return makeMerge(work, { base: baseSha, head: headSha, method, message: 'Title (#1)\n\nBody', author, committer });
}

const rev = (name: string): Promise<string> => git(['rev-parse', name], { cwd: work, isolated: true });
const show = (format: string, range: string): Promise<string> =>
  git(['log', `--format=${format}`, range], { cwd: work, isolated: true });

async function sha(result: { sha: string } | { conflict: true }): Promise<string> {
  if ('conflict' in result) throw new Error('conflict');
  return result.sha;
}

test('merge makes two parents, squash one, both with the message and GitHub as committer', async () => {
  await commit('topic.txt', 'x', 'first');
  await client(work, 'switch', '--quiet', 'main');
  await commit('main.txt', 'y', 'meanwhile');
  const merged = await sha(await merge('merge'));
  expect(await show('%P', `${merged}^!`)).toContain(`${await rev('main')} ${await rev('topic')}`);
  const squashed = await sha(await merge('squash'));
  expect(await show('%P|%an|%cn|%ce|%cI|%B', `${squashed}^!`)).toBe(
    `${await rev('main')}|Ann|GitHub|noreply@github.com|2026-03-04T05:06:07+00:00|Title (#1)\n\nBody`,
  );
  expect(await rev(`${squashed}^{tree}`)).toBe(await rev(`${merged}^{tree}`));
  expect(await git(['ls-tree', '--name-only', squashed], { cwd: work })).toBe('base.txt\nmain.txt\ntopic.txt');
});

test('rebase keeps authors, dates and messages, and leaves out what base has already', async () => {
  await commit('a.txt', 'a', 'first\n\nwith a body', 'Zoë Ł <zoe@acme.test>');
  await commit('b.txt', 'b', 'picked');
  await commit('base.txt', 'one\ntwo\nTHREE\n', 'third');
  await client(work, 'switch', '--quiet', 'main');
  await commit('base.txt', 'ONE\ntwo\nthree\n', 'meanwhile');
  await client(work, 'cherry-pick', 'topic~1');
  const rebased = await sha(await merge('rebase'));
  expect(await show('%s|%an|%ae|%aI|%cn', `main..${rebased}`)).toBe(
    'third|Ann|ann@acme.test|2026-01-02T03:04:05+02:00|GitHub\nfirst|Zoë Ł|zoe@acme.test|2026-01-02T03:04:05+02:00|GitHub',
  );
  expect(await show('%b', `${rebased}~1^!`)).toContain('with a body');
  expect(await git(['show', `${rebased}:base.txt`], { cwd: work })).toBe('ONE\ntwo\nTHREE');
});

test('rebase of a branch without a common parent, and of one that is only ahead', async () => {
  await client(work, 'switch', '--quiet', '--orphan', 'alone');
  await commit('alone.txt', 'x', 'alone');
  const rebased = await sha(await merge('rebase', 'main', 'alone'));
  expect(await git(['ls-tree', '--name-only', rebased], { cwd: work })).toBe('alone.txt\nbase.txt');
  await client(work, 'switch', '--quiet', 'topic');
  await commit('topic.txt', 'x', 'ahead');
  const ahead = await sha(await merge('rebase'));
  expect(await show('%P', `${ahead}^!`)).toBe(await rev('main'));
  expect(ahead).not.toBe(await rev('topic'));
});

test('a conflict is told, whatever the method', async () => {
  await commit('base.txt', 'topic\n', 'theirs');
  await client(work, 'switch', '--quiet', 'main');
  await commit('base.txt', 'main\n', 'ours');
  for (const method of ['merge', 'squash', 'rebase'] as const) expect(await merge(method)).toEqual({ conflict: true });
});
