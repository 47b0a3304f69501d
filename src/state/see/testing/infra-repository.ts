import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, gitEnv, runGit } from '../../../git/git.ts';

/** A plain git repository whose commits have the times that a test gives them. */
export interface InfraRepository {
  readonly folder: string;
  /** Commits files (null takes one away) so many hours after 2026-01-01; answers the commit. */
  commit(
    hours: number,
    message: string,
    files: Readonly<Record<string, string | null>>,
    author?: string,
  ): Promise<string>;
  git(...args: readonly string[]): Promise<string>;
  remove(): void;
}

const start = Date.parse('2026-01-01T00:00:00Z');

/** The time that `commit` gives for so many hours. */
export function hour(hours: number): number {
  return start + hours * 3_600_000;
}

/** A digest that belongs to a word. */
export function digestOf(word: string): string {
  return `sha256:${createHash('sha256').update(word).digest('hex')}`;
}

export async function makeInfraRepository(): Promise<InfraRepository> {
  const folder = mkdtempSync(join(tmpdir(), 'see-'));
  const run = (...args: readonly string[]): Promise<string> => git(args, { cwd: folder, isolated: true });
  await run('init', '--quiet', '--initial-branch', 'main');
  await run('config', 'gc.auto', '0');
  let made = false;
  return {
    folder,
    git: run,
    commit: async (hours, message, files, author = 'Ann') => {
      const date = `${Math.floor(hour(hours) / 1000)} +0000`;
      const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
      const changes = Object.entries(files).map(([path, text]) =>
        text === null ? `D ${path}\n` : `M 100644 inline ${path}\n${data(text)}`,
      );
      const who = `${author} <${author.toLowerCase()}@acme.test> ${date}`;
      const parent = made ? 'from refs/heads/main^0\n' : '';
      made = true;
      const input = `commit refs/heads/main\nauthor ${who}\ncommitter ${who}\n${data(message)}${parent}${changes.join('')}\n`;
      await runGit(['fast-import', '--quiet'], { cwd: folder, input, env: gitEnv({ isolated: true }) });
      return run('rev-parse', 'refs/heads/main');
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
