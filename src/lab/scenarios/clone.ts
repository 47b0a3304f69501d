import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitOptions, git, runGit } from '../../git/git.ts';
import type { GitStarter } from '../../git/git-starter.ts';

export interface CloneOptions {
  readonly url: string;
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly starter: GitStarter;
}

/** A working copy of a repository on the forge. */
export class Clone {
  readonly folder: string;
  readonly #options: GitOptions;

  private constructor(options: GitOptions) {
    this.folder = options.cwd;
    this.#options = options;
  }

  static async make({ url, folder, env, starter }: CloneOptions): Promise<Clone> {
    await mkdir(folder, { recursive: true });
    const clone = new Clone({ cwd: folder, env, starter, isolated: true });
    await clone.git('clone', '--quiet', url, '.');
    return clone;
  }

  /** @throws GIT_FAILED */
  async git(...args: string[]): Promise<string> {
    return (await git(args, this.#options)).trim();
  }

  async fetch(): Promise<void> {
    await this.git('fetch', '--quiet', '--prune', 'origin');
  }

  /** A new branch at a ref of the forge (`origin/main`) or a commit, with nothing left over from before. */
  async startBranch(name: string, from: string): Promise<void> {
    await this.git('checkout', '--quiet', '--force', '--no-track', '-B', name, from);
    await this.git('clean', '-fdxq');
  }

  /** Adds an empty line at a file's end: harmless in nearly every format. The file is made when it is not there. */
  async appendLine(path: string): Promise<void> {
    await appendFile(join(this.folder, path), '\n');
  }

  /** Commits everything that differs; answers the commit. */
  async commit(message: string): Promise<string> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  /** Pushes HEAD to a ref; answers what git and the forge said, whether it was taken or not. */
  async push(ref: string): Promise<{ taken: boolean; said: string }> {
    const { code, stderr } = await runGit(['push', '--porcelain', 'origin', `HEAD:${ref}`], {
      ...this.#options,
      accept: [1, 128],
    });
    return { taken: code === 0, said: stderr };
  }
}
