import { TrunklineError } from '../../errors.ts';
import { git, runGit } from '../../git/git.ts';

export interface Used {
  /** Digest → where it is named. */
  readonly digests: ReadonlyMap<string, string>;
  /** Words of the files at HEAD: a tag among them may be pinned. */
  readonly words: ReadonlySet<string>;
}

const digestPattern = /sha256:[0-9a-f]{64}/g;

/**
 * Every digest that any file of the infra repository names at HEAD (pins, holds, hotfixes), every one that was added or
 * taken away along the first parents since a day: what a rollback may want; and every one that a branch adds which is not
 * merged: what waits for an approval, or for the end of a freeze. More than is deployed, never less.
 * @throws INPUT_INVALID for a shallow clone, whose history ends too early
 */
export async function readUsed(folder: string, since: Date): Promise<Used> {
  const shallow = await git(['rev-parse', '--is-shallow-repository'], { cwd: folder });
  if (shallow === 'true')
    throw new TrunklineError('INPUT_INVALID', `expected the whole history of ${folder}, found a shallow clone`, {
      hint: 'check it out with fetch-depth: 0, or: git fetch --unshallow',
    });
  const digests = new Map<string, string>();
  const words = new Set<string>();
  const { stdout } = await runGit(['grep', '-I', '--full-name', '-e', '', 'HEAD', '--'], { cwd: folder, accept: [1] });
  for (const line of stdout.toString('utf8').split('\n')) {
    const [, file = '', text = ''] = /^HEAD:(.*?):(.*)$/.exec(line) ?? [];
    for (const [digest] of text.matchAll(digestPattern))
      if (!digests.has(digest)) digests.set(digest, `named in ${file}`);
    for (const [word] of text.matchAll(/[A-Za-z0-9_][\w.-]*/g)) words.add(word);
  }
  const changes = async (args: readonly string[], say: (commit: string) => string): Promise<void> => {
    const log = ['log', '-p', '-U0', '--format=commit %h %cs', '-G', 'sha256:', ...args, '--'];
    const { stdout } = await runGit(log, { cwd: folder });
    let commit = '';
    for (const line of stdout.toString('utf8').split('\n')) {
      if (line.startsWith('commit ')) commit = line.slice('commit '.length);
      else if (/^[-+]/.test(line))
        for (const [digest] of line.matchAll(digestPattern)) if (!digests.has(digest)) digests.set(digest, say(commit));
    }
  };
  await changes(['--first-parent', '-m', `--since=${since.toISOString()}`, 'HEAD'], (commit) => `changed in ${commit}`);
  await changes(['-m', '--branches', '--remotes', '--not', 'HEAD'], (commit) => `proposed in ${commit}`);
  return { digests, words };
}
