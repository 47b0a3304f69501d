import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../git/git.ts';
import type { SourceRepository } from './scenarios/source-repository.ts';

/** What of a repository goes into the lab. */
export interface PushSource {
  readonly head: string;
  /** The commit before; undefined where there is none. */
  readonly parent?: string;
  /** For git, to find commits that are not in the repository itself. */
  readonly env: Readonly<Record<string, string>>;
  readonly withTags: boolean;
  /** What was done otherwise than somebody may expect. */
  readonly notes: readonly string[];
}

/**
 * The last two commits of a repository as they are or, of a shallow clone, as copies that stand alone: no server takes
 * commits whose parents are nowhere. The copies are kept in the folder; the repository itself is left as it is.
 */
export async function pushSource(source: SourceRepository, folder: string): Promise<PushSource> {
  const plain = (...args: string[]): Promise<string> => git(args, { cwd: source.folder });
  const parent = await plain('rev-parse', '--verify', '--quiet', 'HEAD^').catch(() => undefined);
  if ((await plain('rev-parse', '--is-shallow-repository')) !== 'true') {
    const withTags = (await plain('tag', '--list')) !== '';
    return { head: source.head, ...(parent === undefined ? {} : { parent }), env: {}, withTags, notes: [] };
  }
  const objects = join(folder, 'copied-objects');
  await mkdir(objects, { recursive: true });
  const own = await plain('rev-parse', '--path-format=absolute', '--git-path', 'objects');
  const env = { GIT_OBJECT_DIRECTORY: objects, GIT_ALTERNATE_OBJECT_DIRECTORIES: own };
  const copy = async (commit: string, before: string | undefined): Promise<string> => {
    const text = await git(['cat-file', 'commit', commit], { cwd: source.folder });
    const end = text.indexOf('\n\n');
    // Without its parents a signature holds no longer.
    const lines = text.slice(0, end).replace(/^(?:gpgsig.*(?:\n .*)*|parent .*)\n/gm, '');
    const header = before === undefined ? lines : lines.replace(/^(tree .*\n)/, `$1parent ${before}\n`);
    const args = ['hash-object', '-t', 'commit', '-w', '--stdin'];
    return git(args, { cwd: source.folder, env, input: `${header}${text.slice(end)}\n` });
  };
  const first = parent === undefined ? undefined : await copy(parent, undefined);
  const head = await copy(source.head, first);
  const note = `${source.folder} is a shallow clone: its last commit runs without its history, as ${head.slice(0, 7)}`;
  return { head, ...(first === undefined ? {} : { parent: first }), env, withTags: false, notes: [note] };
}
