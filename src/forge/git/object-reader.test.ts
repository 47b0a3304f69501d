import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { git } from '../../git/git.ts';
import { endObjectReaders, objectInfo, readObject } from './object-reader.ts';
import { repositoryGit } from './repository-folder.ts';

test('names that kill git are answered as nothing, and others asked at the same moment as ever', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'reader-'));
  try {
    await git(['init', '--quiet', '--bare', folder], repositoryGit(folder));
    const sha = await git(['hash-object', '-w', '--stdin'], repositoryGit(folder, { input: 'text' }));
    const names = [
      'HEAD:../x',
      sha,
      'HEAD:./x',
      sha,
      ':/x',
      '@{u}',
      'HEAD@{1}',
      '--help',
      '',
      sha,
      'x\ny',
      '^{/x}',
      sha,
    ];
    const found = await Promise.all(names.map((name) => objectInfo(folder, name)));
    expect(found.map((one) => one?.sha)).toEqual(names.map((name) => (name === sha ? sha : undefined)));
    expect((await readObject(folder, sha))?.bytes.toString()).toBe('text');
  } finally {
    endObjectReaders(folder);
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the readers of many repositories listen once for the end of this process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'readers-'));
  const before = process.listenerCount('exit');
  try {
    const one = join(folder, '0.git');
    await git(['init', '--quiet', '--bare', one], repositoryGit(folder));
    const folders = Array.from({ length: 12 }, (_, index) => join(folder, `${index}.git`));
    for (const other of folders.slice(1)) cpSync(one, other, { recursive: true });
    await Promise.all(folders.map((each) => objectInfo(each, 'HEAD')));
    expect(process.listenerCount('exit')).toBeLessThanOrEqual(before + 1);
  } finally {
    endObjectReaders(folder);
    rmSync(folder, { recursive: true, force: true });
  }
});
