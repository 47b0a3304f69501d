import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes an empty repository in the folder, as `git init --template=` does, without a process of git's.
 * @param more what else its configuration says
 */
export function createWorkTree(folder: string, branch: string, more: string): void {
  const own = join(folder, '.git');
  for (const inner of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) {
    mkdirSync(join(own, inner), { recursive: true });
  }
  writeFileSync(join(own, 'HEAD'), `ref: refs/heads/${branch}\n`);
  // Git looks in the same way whether names differ by case alone.
  const caseless = existsSync(join(own, 'hEaD')) ? '\tignorecase = true\n' : '';
  const composed = process.platform === 'darwin' ? '\tprecomposeunicode = true\n' : '';
  const core = `[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n`;
  writeFileSync(join(own, 'config'), `${core}${caseless}${composed}${more}`);
}
