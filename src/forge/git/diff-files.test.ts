import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { git } from '../../git/git.ts';
import { diffFiles } from './diff-files.ts';
import { endGitStarter } from './repository-folder.ts';

let root: string;
let folder: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'diff-'));
  folder = join(root, 'one.git');
});
afterAll(() => {
  endGitStarter(folder);
  rmSync(root, { recursive: true, force: true });
});

test('each file has its own patch: moved ones, binary ones, and those that became a link', async () => {
  const run = (...args: string[]): Promise<string> =>
    git(['-c', 'user.name=a', '-c', 'user.email=a@acme.test', ...args], { cwd: folder, isolated: true });
  await git(['init', '-q', folder], { cwd: root, isolated: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('binary', '\0one');
  const text = 'one line\nand another\n';
  write('moved', text);
  write('now a link', 'text\n');
  write('same', 'same\n');
  write('zuletzt\tü', '1\n');
  await run('add', '--all');
  await run('commit', '-qm', 'one');
  await run('mv', 'moved', 'to here');
  write('to here', `${text}diff --git\n`);
  write('binary', '\0two');
  rmSync(join(folder, 'now a link'));
  symlinkSync('same', join(folder, 'now a link'));
  write('zuletzt\tü', '2\n');
  await run('add', '--all');
  await run('commit', '-qm', 'two');
  const [before, after] = await Promise.all([run('rev-parse', 'HEAD~1'), run('rev-parse', 'HEAD')]);
  const files = await diffFiles(join(folder, '.git'), before, after);
  expect(
    files.map(({ path, previousPath, status, additions, patch }) => [path, previousPath, status, additions, patch]),
  ).toEqual([
    ['binary', undefined, 'modified', 0, undefined],
    ['now a link', undefined, 'changed', 1, '@@ -1 +0,0 @@\n-text'],
    ['to here', 'moved', 'renamed', 1, '@@ -1,2 +1,3 @@\n one line\n and another\n+diff --git'],
    ['zuletzt\tü', undefined, 'modified', 1, '@@ -1 +1 @@\n-1\n+2'],
  ]);
});
