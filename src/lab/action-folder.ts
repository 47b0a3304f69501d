import { createHash } from 'node:crypto';
import { cp, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TrunklineError } from '../errors.ts';
import { runGit } from '../git/git.ts';
import type { ActionSource } from '../runner/actions/action.ts';
import { exportCommit } from './export-commit.ts';

/**
 * Serves published actions from a folder: `<folder>/owner/repo` is a clone, of which the ref that the workflow names is
 * taken, or plain files, which stand for every ref; `<folder>/owner/repo@ref` is plain files for that ref alone.
 */
export function actionFolder(root: string, label = root): ActionSource {
  return {
    label,
    resolve: async (repository, ref) => {
      const clone = await realpath(join(root, repository)).catch(() => undefined);
      return clone !== undefined && (await isClone(clone)) ? commitOf(clone, ref) : undefined;
    },
    fetch: async (repository, ref, folder) => {
      for (const name of [`${repository}@${ref.replaceAll('/', '-')}`, repository]) {
        const found = await realpath(join(root, name)).catch(() => undefined);
        if (found === undefined || !(await stat(found)).isDirectory()) continue;
        if (name === repository && (await isClone(found))) return exportRef(found, repository, ref, folder);
        await cp(found, folder, { recursive: true });
        return fingerprint(found);
      }
      return undefined;
    },
  };
}

/** A clone or bare repository of its own, not a folder inside of one. */
async function isClone(folder: string): Promise<boolean> {
  const { code, stdout } = await runGit(['rev-parse', '--git-dir'], { cwd: folder, accept: [128] });
  return code === 0 && ['.git', '.'].includes(stdout.toString().trim());
}

async function exportRef(clone: string, repository: string, ref: string, folder: string): Promise<string> {
  const commit = await commitOf(clone, ref);
  if (commit !== undefined) {
    await exportCommit(clone, commit, folder);
    return commit;
  }
  throw new TrunklineError('ACTION_NOT_FOUND', `expected ${ref} of ${repository} in ${clone}, found no such ref`, {
    hint: `git -C ${clone} fetch origin ${ref}:refs/tags/${ref}`,
  });
}

/** The commit that GitHub would take for the name: a tag before a branch, or the commit itself. */
export async function commitOf(clone: string, ref: string): Promise<string | undefined> {
  for (const name of [`refs/tags/${ref}`, `refs/heads/${ref}`, `refs/remotes/origin/${ref}`, ref]) {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const { code, stdout } = await runGit(args, { cwd: clone, accept: [1, 128] });
    if (code === 0) return stdout.toString().trim();
  }
  return undefined;
}

/** Changes with the names, sizes and times of the files. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha1');
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const { size, mtimeMs } = await stat(join(folder, name)).catch(() => ({ size: 0, mtimeMs: 0 }));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
