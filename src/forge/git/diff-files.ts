import { settledText } from './settled-git.ts';

export interface FileDiff {
  readonly path: string;
  readonly previousPath?: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  /** The blob after, or before where it was removed. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  readonly patch?: string;
}

/** Beyond this GitHub leaves a file's patch out. */
const longestPatch = 20_000;
const statuses = { A: 'added', D: 'removed', M: 'modified', R: 'renamed', C: 'copied', T: 'changed' } as const;
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Files that differ between two commits or trees, with their patches. */
export async function diffFiles(folder: string, before: string, after: string): Promise<readonly FileDiff[]> {
  const shown = ['--raw', '--numstat', '--patch', '--no-color', '--no-ext-diff', '--full-index'];
  const args = ['diff-tree', '-r', '-M', '-z', '--no-commit-id', ...shown, before, after];
  const parts = (await settledText(folder, args)).split('\0');
  const files: Omit<FileDiff, 'additions' | 'deletions'>[] = [];
  let at = 0;
  for (; parts[at]?.startsWith(':') === true; ) {
    const [, , oldSha = '', newSha = '', letter = ''] = (parts[at] ?? '').slice(1).split(' ');
    const moved = /^[RC]/.test(letter);
    const first = parts[at + 1] ?? '';
    const path = moved ? (parts[at + 2] ?? '') : first;
    const status = statuses[(letter[0] ?? 'M') as keyof typeof statuses] ?? 'modified';
    const sha = status === 'removed' ? oldSha : newSha;
    files.push({ path, status, sha, ...(moved ? { previousPath: first } : {}) });
    at += moved ? 3 : 2;
  }
  const counts: (readonly [number, number])[] = [];
  for (; at < parts.length && parts[at] !== ''; ) {
    const [added = '', removed = '', path = ''] = (parts[at] ?? '').split('\t');
    counts.push([Number(added) || 0, Number(removed) || 0]);
    at += path === '' ? 3 : 1;
  }
  const patches = readPatches(parts.slice(at + 1).join('\0'));
  let next = 0;
  return files.map((file, index) => {
    const [additions = 0, deletions = 0] = counts[index] ?? [];
    const patch = patches[next];
    // A file that became a link is shown as one that goes and one that comes.
    next += file.status === 'changed' ? 2 : 1;
    return { ...file, additions, deletions, ...(patch === undefined ? {} : { patch }) };
  });
}

/** The hunks of each file, in the order of the files. */
function readPatches(text: string): readonly (string | undefined)[] {
  return text
    .split(/^(?=diff --git )/m)
    .filter((part) => part.startsWith('diff --git '))
    .map((part) => {
      const hunk = /^@@ /m.exec(part);
      const patch = hunk === null ? undefined : part.slice(hunk.index).replace(/\n$/, '');
      return patch === undefined || patch.length > longestPatch ? undefined : patch;
    });
}
