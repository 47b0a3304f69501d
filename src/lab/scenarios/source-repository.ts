import { basename, resolve } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { runGit } from '../../git/git.ts';
import { ObjectBatch } from '../../git/object-batch.ts';

/** A git repository of the user's, of which only what is committed is read. Nothing in it is ever changed. */
export interface SourceRepository {
  readonly folder: string;
  readonly head: string;
  /** The branch that HEAD is on; `main` where it is on none. */
  readonly branch: string;
  /** `owner/name` of the remote `origin`. */
  readonly origin?: string;
  /** The folder's own name. */
  readonly name: string;
  /** Files that differ from HEAD, as git shows them. */
  readonly uncommitted: readonly string[];
  /** Paths at HEAD. */
  readonly files: readonly string[];
  /** A file's text at HEAD. */
  read(path: string): Promise<string | undefined>;
}

/** @throws NOT_A_REPOSITORY, UNSUPPORTED for other object names than GitHub's, NOT_FOUND without such a folder */
export async function openSourceRepository(path: string): Promise<SourceRepository> {
  const runIn = async (cwd: string, ...args: string[]): Promise<{ code: number; text: string }> => {
    const { code, stdout } = await runGit(args, { cwd, accept: [1, 2, 128] });
    return { code, text: stdout.toString('utf8') };
  };
  const asked = await runIn(path, 'rev-parse', '--is-bare-repository', '--show-object-format', '--show-toplevel').catch(
    (error: unknown) => {
      if (error instanceof TrunklineError && (error.code === 'GIT_MISSING' || error.code === 'NOT_FOUND')) throw error;
      return { code: 128, text: '' };
    },
  );
  const [bare, format, ...top] = asked.text.replace(/\n$/, '').split('\n');
  if (format === undefined || (bare !== 'true' && asked.code !== 0)) {
    throw new TrunklineError('NOT_A_REPOSITORY', `expected a git repository, found none in ${path}`, {
      hint: `git -C ${path} init && git -C ${path} add . && git -C ${path} commit -m "Start"`,
    });
  }
  const inBare = async (): Promise<string> => (await runIn(path, 'rev-parse', '--absolute-git-dir')).text.trim();
  const folder = bare === 'true' ? await inBare() : top.join('\n');
  if (format !== 'sha1') {
    throw new TrunklineError('UNSUPPORTED', `expected SHA-1 object names in ${folder}, found ${format}`, {
      hint: 'GitHub takes no other repositories',
    });
  }
  const run = (...args: string[]): Promise<{ code: number; text: string }> => runIn(folder, ...args);
  const [head, branch, remote, status, files] = await Promise.all([
    run('rev-parse', '--verify', '-q', 'HEAD^{commit}'),
    run('symbolic-ref', '-q', '--short', 'HEAD'),
    run('remote', 'get-url', 'origin'),
    run('status', '--porcelain', '--untracked-files=all'),
    run('ls-tree', '-r', '-z', '--name-only', 'HEAD'),
  ]);
  if (head.code !== 0) {
    throw new TrunklineError('NOT_A_REPOSITORY', `expected a commit in ${folder}, found an empty repository`, {
      hint: 'commit first: only what is committed is looked at',
    });
  }
  const origin = parseRemote(remote.text.trim());
  const paths = files.text.split('\0').filter((file) => file !== '');
  return {
    folder,
    head: head.text.trim(),
    branch: branch.code === 0 ? branch.text.trim() : 'main',
    ...(origin === undefined ? {} : { origin }),
    name: basename(resolve(folder), '.git'),
    uncommitted: status.text.split('\n').filter((line) => line !== ''),
    files: paths,
    read: fileReader(folder, head.text.trim(), new Set(paths)),
  };
}

/** Reads files of a commit; those that are asked for in one turn through one process. */
function fileReader(folder: string, commit: string, files: ReadonlySet<string>): SourceRepository['read'] {
  let batch: ObjectBatch | undefined;
  return async (file) => {
    if (!files.has(file)) return undefined;
    if (batch === undefined) {
      const opened = new ObjectBatch(folder);
      batch = opened;
      setImmediate(() => {
        batch = undefined;
        opened.close();
      });
    }
    const [content] = await batch.read([`${commit}:${file}`]);
    return content?.toString('utf8');
  };
}

/** `owner/name` of a remote's URL: https, ssh or scp-like. */
export function parseRemote(url: string): string | undefined {
  const match =
    /^(?:[a-z+]+:\/\/(?:[^@/]*@)?[^/:]+(?::\d+)?\/|[^@/\s]+@[^:/\s]+:)([^/\s]+)\/([^/\s]+?)(?:\.git)?\/?$/.exec(url);
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}
