import { basename, resolve } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { runGit } from '../../git/git.ts';

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

type Asked = (...args: string[]) => Promise<{ code: number; text: string }>;

/** The folder that holds the work tree, whatever folder of it was named; of a bare repository, its own. */
async function topOf(run: Asked): Promise<{ code: number; text: string }> {
  const bare = await run('rev-parse', '--is-bare-repository');
  return bare.text.trim() === 'true' ? run('rev-parse', '--absolute-git-dir') : run('rev-parse', '--show-toplevel');
}

/** @throws NOT_A_REPOSITORY, UNSUPPORTED for other object names than GitHub's, NOT_FOUND without such a folder */
export async function openSourceRepository(path: string): Promise<SourceRepository> {
  const runIn = async (cwd: string, ...args: string[]): Promise<{ code: number; text: string }> => {
    const { code, stdout } = await runGit(args, { cwd, accept: [1, 2, 128] });
    return { code, text: stdout.toString('utf8') };
  };
  const top = await topOf((...args) => runIn(path, ...args)).catch((error: unknown) => {
    if (error instanceof TrunklineError && (error.code === 'GIT_MISSING' || error.code === 'NOT_FOUND')) throw error;
    return { code: 128, text: '' };
  });
  if (top.code !== 0) {
    throw new TrunklineError('NOT_A_REPOSITORY', `expected a git repository, found none in ${path}`, {
      hint: `git -C ${path} init && git -C ${path} add . && git -C ${path} commit -m "Start"`,
    });
  }
  const folder = top.text.trim();
  const run = (...args: string[]): Promise<{ code: number; text: string }> => runIn(folder, ...args);
  const [format, head, branch, remote, status, files] = await Promise.all([
    run('rev-parse', '--show-object-format'),
    run('rev-parse', '--verify', '-q', 'HEAD^{commit}'),
    run('symbolic-ref', '-q', '--short', 'HEAD'),
    run('remote', 'get-url', 'origin'),
    run('status', '--porcelain', '--untracked-files=all'),
    run('ls-tree', '-r', '-z', '--name-only', 'HEAD'),
  ]);
  if (format.code === 0 && format.text.trim() !== 'sha1') {
    throw new TrunklineError('UNSUPPORTED', `expected SHA-1 object names in ${folder}, found ${format.text.trim()}`, {
      hint: 'GitHub takes no other repositories',
    });
  }
  if (head.code !== 0) {
    throw new TrunklineError('NOT_A_REPOSITORY', `expected a commit in ${folder}, found an empty repository`, {
      hint: 'commit what the lab shall see: only committed files count',
    });
  }
  const origin = parseRemote(remote.text.trim());
  return {
    folder,
    head: head.text.trim(),
    branch: branch.code === 0 ? branch.text.trim() : 'main',
    ...(origin === undefined ? {} : { origin }),
    name: basename(resolve(folder), '.git'),
    uncommitted: status.text.split('\n').filter((line) => line !== ''),
    files: files.text.split('\0').filter((file) => file !== ''),
    read: async (file) => {
      const { code, text } = await run('cat-file', 'blob', `HEAD:${file}`);
      return code === 0 ? text : undefined;
    },
  };
}

/** `owner/name` of a remote's URL: https, ssh or scp-like. */
export function parseRemote(url: string): string | undefined {
  const match =
    /^(?:[a-z+]+:\/\/(?:[^@/]*@)?[^/:]+(?::\d+)?\/|[^@/\s]+@[^:/\s]+:)([^/\s]+)\/([^/\s]+?)(?:\.git)?\/?$/.exec(url);
  return match === null ? undefined : `${match[1]}/${match[2]}`;
}
