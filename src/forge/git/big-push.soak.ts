import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gitEnv } from '../../git/git.ts';
import { readRef } from './refs.ts';
import { repositoryFolder } from './repository-folder.ts';
import { client, openSmallForge } from './testing/small-forge.ts';

const megabyte = 1024 * 1024;

test('200 MB are pushed and cloned in bounded memory; a push that is cut off leaves nothing', async () => {
  const small = await openSmallForge();
  const work = mkdtempSync(join(tmpdir(), 'clone-'));
  try {
    const bare = repositoryFolder(small.forge, small.repository().id);
    const incoming = () => readdirSync(join(bare, 'objects')).filter((one) => one.startsWith('incoming'));
    await client(work, 'init', '--quiet', '-b', 'main');
    // Random bytes do not get smaller: no time is spent on trying.
    await client(work, 'config', 'core.bigFileThreshold', '1m');
    await client(work, 'config', 'core.compression', '0');
    for (let file = 0; file < 20; file += 1) writeFileSync(join(work, `${file}.bin`), randomBytes(10 * megabyte));
    await client(work, 'add', '-A');
    await client(work, 'commit', '--quiet', '-m', 'big');

    const cut = spawn('git', ['push', '--quiet', small.remote('bob'), 'main'], {
      cwd: work,
      env: gitEnv({ isolated: true }),
      stdio: 'ignore',
      detached: true,
    });
    while (incoming().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    if (cut.pid !== undefined) process.kill(-cut.pid, 'SIGKILL');
    while (incoming().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readRef(bare, 'refs/heads/main')).toBeUndefined();

    const before = process.memoryUsage().rss;
    let most = before;
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const pushed = await client(work, 'push', '--quiet', small.remote('bob'), 'main');
    const cloned = await client(work, 'clone', '--quiet', '--bare', small.remote('bob'), 'copy.git');
    clearInterval(timer);
    expect([pushed.code, cloned.code]).toEqual([0, 0]);
    expect(most - before).toBeLessThan(100 * megabyte);
    expect(incoming()).toEqual([]);
  } finally {
    rmSync(work, { recursive: true, force: true });
    await small.close();
  }
});
