import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { GitStarter } from './git-starter.ts';

test('a helper that was sent home takes nothing with it that the next one was asked for', async () => {
  const starter = new GitStarter();
  const request = { args: ['--version'], cwd: tmpdir(), env: { PATH: process.env['PATH'] ?? '' }, input: undefined };
  try {
    for (let at = 0; at < 3; at += 1) {
      const { code, stdout } = await starter.run(request, undefined);
      expect([code, Buffer.from(stdout).toString()]).toEqual([0, expect.stringMatching(/^git version/)]);
      // It ends while its successor starts.
      starter.end();
    }
  } finally {
    starter.end();
  }
});
