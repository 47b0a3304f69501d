import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runGit } from '../../git/git.ts';
import type { FileChange } from '../../workflow/generate/plan-files.ts';

/** The difference of a file as git shows it: `-` what is there, `+` what should be. */
export async function showDifference({ path, before, after }: FileChange): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'trunkline-difference-'));
  try {
    for (const [side, text] of [
      ['a', before],
      ['b', after],
    ] as const) {
      const place = join(folder, side, path);
      await mkdir(dirname(place), { recursive: true });
      if (text !== undefined) await writeFile(place, text);
    }
    const sides = [before === undefined ? '/dev/null' : `a/${path}`, after === undefined ? '/dev/null' : `b/${path}`];
    const { stdout } = await runGit(
      ['diff', '--no-index', '--no-color', '--no-ext-diff', '--no-prefix', '--', ...sides],
      {
        cwd: folder,
        isolated: true,
        accept: [1],
      },
    );
    return stdout.toString();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
