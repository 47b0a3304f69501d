import { mkdir, readdir, rm } from 'node:fs/promises';
import { TrunklineError } from '../../errors.ts';
import { git } from '../../git/git.ts';
import type { WorkflowEvent } from '../../protocol/event.ts';
import type { SourceFile } from '../../protocol/run-service.ts';
import type { Forge } from '../forge.ts';
import { readObject } from '../git/object-reader.ts';
import { readCommit } from '../git/objects.ts';
import { parseTree } from '../git/parse-objects.ts';
import { zeroSha } from '../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { settledGit } from '../git/settled-git.ts';

/** GitHub compares no more files than this for path filters. */
const changedFilesLimit = 300;

/** `.github/workflows/*.yml|yaml` at a commit, by name. */
export async function workflowFiles(forge: Forge, repositoryId: number, sha: string): Promise<readonly SourceFile[]> {
  const folder = repositoryFolder(forge, repositoryId);
  const tree = await readObject(folder, `${sha}:.github/workflows`);
  if (tree?.type !== 'tree') return [];
  const files = parseTree(tree.bytes).filter((entry) => entry.mode.startsWith('100') && /\.ya?ml$/.test(entry.path));
  const objects = await Promise.all(files.map((file) => readObject(folder, file.sha)));
  return files.map(({ path }, at) => ({
    path: `.github/workflows/${path}`,
    text: objects[at]?.bytes.toString() ?? '',
  }));
}

/** The repository with this `owner/name`. */
export function repositoryIdOf(forge: Forge, fullName: string): number | undefined {
  return forge.store.repositories.by('fullName', fullName)[0]?.id;
}

/** A file's text at a commit; undefined where there is none. */
export async function fileAt(
  forge: Forge,
  repositoryId: number,
  sha: string,
  path: string,
): Promise<string | undefined> {
  const name = `${sha}:${path.replace(/^\.?\//, '')}`;
  const object = await readObject(repositoryFolder(forge, repositoryId), name);
  return object?.type === 'blob' ? object.bytes.toString() : undefined;
}

/** Writes the tree of a commit into an empty folder. @throws INPUT_INVALID where the folder has something in it */
export async function exportTree(forge: Forge, repositoryId: number, sha: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0)
    throw new TrunklineError('INPUT_INVALID', `expected an empty folder, found files in ${folder}`);
  const cwd = repositoryFolder(forge, repositoryId);
  // An index beside the tree, not the repository's: two exports at once must not meet.
  const env = { GIT_INDEX_FILE: `${folder}.index` };
  try {
    await git(['read-tree', sha], repositoryGit(cwd, { env }));
    await git(['--work-tree', folder, 'checkout-index', '--all', '--force'], repositoryGit(cwd, { env }));
  } finally {
    await rm(`${folder}.index`, { force: true });
  }
}

/**
 * Paths that differ between the event's two commits, 300 at most. A new branch is compared with the parent of the
 * first commit that no other branch has; a pull request from where it left its base.
 */
export async function changedFiles(forge: Forge, event: WorkflowEvent): Promise<readonly string[]> {
  if (event.diff === undefined) return [];
  const cwd = repositoryFolder(forge, event.repository.id);
  const { head } = event.diff;
  const base =
    event.diff.base === zeroSha
      ? await parentOfNewCommits(cwd, head, event.ref)
      : event.baseRef === undefined
        ? event.diff.base
        : await mergeBase(cwd, event.diff.base, head);
  const args = ['diff-tree', '-r', '-z', '--name-only', '--no-commit-id', '--no-renames', base, head];
  const { stdout } = await settledGit(cwd, args);
  return stdout
    .toString()
    .split('\0')
    .filter((path) => path !== '')
    .slice(0, changedFilesLimit);
}

const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

async function parentOfNewCommits(cwd: string, head: string, ref: string): Promise<string> {
  const list = await git(
    ['rev-list', '--topo-order', '--reverse', head, '--not', `--exclude=${ref}`, '--glob=refs/heads'],
    repositoryGit(cwd),
  );
  const oldest = list.split('\n')[0] ?? '';
  if (oldest === '') return head;
  return (await readCommit(cwd, oldest))?.parents[0] ?? emptyTree;
}

async function mergeBase(cwd: string, base: string, head: string): Promise<string> {
  const { code, stdout } = await settledGit(cwd, ['merge-base', base, head], [1]);
  return code === 0 ? stdout.toString().trim() : emptyTree;
}
