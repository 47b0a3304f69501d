import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { TrunklineError } from '../../errors.ts';
import { git, spawnGit } from '../../git/git.ts';

export interface Used {
  /** Digest → where it is named. */
  readonly digests: ReadonlyMap<string, string>;
  /** Tags that stand in the same lines. */
  readonly tags: ReadonlySet<string>;
}

const digestPattern = /sha256:[0-9a-f]{64}/g;

/**
 * Every digest that any file of the infra repository names at HEAD (pins, holds, hotfixes), every one that was added or
 * taken away along the first parents since a day: what a rollback may want; and every one that a branch adds which is not
 * merged: what waits for an approval, or for the end of a freeze. Those of `tags` that are words there, in the same way. More
 * than is deployed, never less: files that attributes call binary are read like any other.
 * @throws INPUT_INVALID for a shallow clone, whose history ends too early
 */
export async function readUsed(folder: string, since: Date, tags: ReadonlySet<string>): Promise<Used> {
  await requireHistory(folder);
  const digests = new Map<string, string>();
  const found = new Set<string>();
  const take = (line: string, where: string): void => {
    for (const [digest] of line.matchAll(digestPattern)) if (!digests.has(digest)) digests.set(digest, where);
    for (const [word] of line.matchAll(/\w[\w.-]*/g))
      for (const one of [word, word.replace(/[.-]+$/, '')]) if (tags.has(one)) found.add(one);
  };
  for await (const line of lines(folder, ['grep', '--no-color', '--text', '--full-name', '-e', '', 'HEAD', '--'])) {
    const [, file = '', said = ''] = /^HEAD:(.*?):(.*)$/.exec(line) ?? [];
    take(said, `named in ${file}`);
  }
  const changes = async (args: readonly string[], say: (commit: string) => string): Promise<void> => {
    const form = ['--no-color', '--text', '--no-textconv', '--format=commit %h %cs'];
    let commit = '';
    for await (const line of lines(folder, ['log', '-p', '-U0', ...form, ...args, '--'])) {
      if (line.startsWith('commit ')) commit = line.slice('commit '.length);
      else if (/^[-+]/.test(line)) take(line.slice(1), say(commit));
    }
  };
  // As a filter: one commit whose clock was wrong hides none of those before it.
  await changes(
    ['--first-parent', '--diff-merges=first-parent', `--since-as-filter=${since.toISOString()}`, 'HEAD'],
    (commit) => `changed in ${commit}`,
  );
  await changes(
    ['--diff-merges=separate', '--branches', '--remotes', '--not', 'HEAD'],
    (commit) => `proposed in ${commit}`,
  );
  return { digests, tags: found };
}

/** @throws INPUT_INVALID for a shallow clone */
export async function requireHistory(folder: string): Promise<void> {
  const shallow = await git(['rev-parse', '--is-shallow-repository'], { cwd: folder });
  if (shallow === 'true')
    throw new TrunklineError('INPUT_INVALID', `expected the whole history of ${folder}, found a shallow clone`, {
      hint: 'check it out with fetch-depth: 0, or: git fetch --unshallow',
    });
}

/** What git prints, line by line: histories are longer than memory. That nothing is found is an answer. */
async function* lines(cwd: string, args: readonly string[]): AsyncGenerator<string> {
  const child = spawnGit(args, { cwd });
  child.stdin.end();
  const ended = once(child, 'close') as Promise<[number | null]>;
  ended.catch(() => {});
  const said = text(child.stderr);
  yield* createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
  const [code] = await ended;
  if (code !== 0 && !(code === 1 && args[0] === 'grep'))
    throw new TrunklineError('GIT_FAILED', `git ${args.join(' ')}: ${(await said).trim()}`);
}
