import { type GitOutput, runGit } from '../../git/git.ts';
import { repositoryGit } from './repository-folder.ts';
import { SettledAnswers } from './settled-answers.ts';

const answers = new SettledAnswers<GitOutput>(8_000_000);
/** Questions that git is at: whoever asks the same meanwhile waits for the same answer. */
const asking = new Map<string, Promise<GitOutput>>();

/**
 * Asks git something whose answer cannot change, as all revisions in it are full SHAs of objects that are there:
 * `rev-list A..B`, `merge-base A B`, `diff A...B`. Answers are kept by repository folder, the least used go first.
 * Only exit codes 0 and `accept` are answers; a failure is asked again.
 */
export async function settledGit(
  folder: string,
  args: readonly string[],
  accept: readonly number[] = [],
): Promise<GitOutput> {
  const key = [folder, ...args].join('\0');
  const known = answers.get(key) ?? asking.get(key);
  if (known !== undefined) return known;
  const asked = runGit(args, repositoryGit(folder, { accept }));
  asking.set(key, asked);
  try {
    const output = await asked;
    answers.keep(key, output, output.stdout.length);
    return output;
  } finally {
    asking.delete(key);
  }
}

/** The same as text, without the last line break. */
export async function settledText(folder: string, args: readonly string[]): Promise<string> {
  return (await settledGit(folder, args)).stdout.toString().replace(/\n$/, '');
}

const revision = /^\^?[0-9a-f]{40}(\.{2,3}[0-9a-f]{40})?$/;

/** Whether such arguments name nothing that can move: no refs, no `--all` and the like. */
export function areSettled(args: readonly string[]): boolean {
  const revisions = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return revisions.every((arg) =>
    arg.startsWith('-') ? !/^--(not|all|branches|tags|remotes|glob|exclude|stdin)\b/.test(arg) : revision.test(arg),
  );
}
