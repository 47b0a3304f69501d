import { type GitOutput, git, runGit } from '../../git/git.ts';
import { readObject } from '../git/object-reader.ts';
import { readRef, zeroSha } from '../git/refs.ts';
import { repositoryGit } from '../git/repository-folder.ts';
import { settledGit } from '../git/settled-git.ts';

/** Questions to git about an update; `env` shows it the objects in quarantine. */
export interface History {
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Revisions are full SHAs: what lies in no quarantine is asked once. */
function ask(history: History, args: readonly string[], accept: readonly number[] = []): Promise<GitOutput> {
  return history.env === undefined ? settledGit(history.folder, args, accept) : runGit(args, options(history, accept));
}

const options = (history: History, accept: readonly number[] = []) =>
  repositoryGit(history.folder, { accept, ...(history.env === undefined ? {} : { env: history.env }) });

export async function isAncestor(history: History, ancestor: string, descendant: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, descendant];
  return (await ask(history, args, [1])).code === 0;
}

/** Commits that an update brings: `before..after`, or for a new ref those that no other ref has. */
export async function newCommits(
  history: History,
  update: { readonly before: string; readonly after: string },
  filter: readonly string[] = [],
): Promise<readonly string[]> {
  if (update.before === zeroSha) {
    return lines(await git(['rev-list', ...filter, update.after, '--not', '--all'], options(history)));
  }
  const args = ['rev-list', ...filter, `${update.before}..${update.after}`];
  return lines((await ask(history, args)).stdout.toString());
}

/** Paths that differ between the merge base of two commits and the second. */
export async function changedPaths(history: History, base: string, head: string): Promise<readonly string[]> {
  const args = ['diff', '--name-only', '-z', '--no-renames', `${base}...${head}`];
  return (await ask(history, args)).stdout
    .toString()
    .split('\0')
    .filter((path) => path !== '');
}

/** Paths that new commits touch. */
export async function touchedPaths(
  history: History,
  update: { readonly before: string; readonly after: string },
): Promise<readonly string[]> {
  const range = update.before === zeroSha ? [update.after, '--not', '--all'] : [`${update.before}..${update.after}`];
  const args = ['log', '-z', '-c', '--format=', '--name-only', '--diff-filter=d', ...range];
  return [...new Set((await git(args, options(history))).split('\0'))].filter((path) => path !== '');
}

/** Files that new commits bring, with the bytes of each version. */
export async function addedFiles(
  history: History,
  update: { readonly before: string; readonly after: string },
): Promise<readonly { readonly path: string; readonly size: number }[]> {
  const range = update.before === zeroSha ? [update.after, '--not', '--all'] : [update.after, `^${update.before}`];
  const objects = await git(['rev-list', '--objects', ...range], options(history));
  const format = '--batch-check=%(objecttype) %(objectsize) %(rest)';
  const input = `${objects}\n`;
  const text = await git(['cat-file', format], { ...options(history), input });
  return [...text.matchAll(/^blob (\d+) (.*)$/gm)].map(([, size, path = '']) => ({ path, size: Number(size) }));
}

/** One field of a commit: `%B`, `%ae`, `%ce`. */
export function commitField(history: History, sha: string, format: string): Promise<string> {
  return git(['log', '-1', `--format=${format}`, sha], options(history));
}

/** The CODEOWNERS that counts: the first found on the base branch. */
export async function readCodeOwners(history: History, branch: string): Promise<string | undefined> {
  const sha = readRef(history.folder, `refs/heads/${branch}`);
  return sha === undefined ? undefined : (await findCodeOwners(history.folder, sha))?.text;
}

/** The first CODEOWNERS of a commit, where GitHub looks, in its order. */
export async function findCodeOwners(
  folder: string,
  sha: string,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  for (const path of ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS']) {
    const file = await readObject(folder, `${sha}:${path}`);
    if (file?.type === 'blob') return { path, text: file.bytes.toString() };
  }
  return undefined;
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
