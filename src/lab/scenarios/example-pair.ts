import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../git/git.ts';
import type { Clone } from './clone.ts';
import { type Flaws, signedFlaws } from './flaws.ts';

/** Examples that come with the package. */
export const exampleNames = ['two-repositories', 'signed', 'bookstore', 'build-once', 'helm-dispatch'] as const;
export type ExampleName = (typeof exampleNames)[number];

export interface ExamplePair {
  readonly app: string;
  readonly infra: string;
  readonly spoil: (clone: Clone) => Promise<void>;
  readonly flaws: Flaws;
}

/** Two repositories that come with the package, as git repositories in a folder, belonging to an organisation. */
export async function makeExamplePair(
  packageFolder: string,
  folder: string,
  organisation = 'acme',
  name: ExampleName = 'two-repositories',
): Promise<ExamplePair> {
  const example = join(packageFolder, 'examples', name);
  const make = async (part: string): Promise<void> => {
    const target = join(folder, part);
    await mkdir(target, { recursive: true });
    await cp(join(example, part), target, { recursive: true });
    if (organisation !== 'acme') await rename(target, organisation);
    const run = (...args: string[]): Promise<string> => git(args, { cwd: target, env: identity, isolated: true });
    await run('init', '--quiet', '--initial-branch', 'main');
    await run('add', '--all');
    await run('commit', '--quiet', '-m', 'Start');
  };
  await Promise.all([make('app'), make('infra')]);
  return {
    app: join(folder, 'app'),
    infra: join(folder, 'infra'),
    // A mistake in the configuration that no test of the application sees.
    spoil: async (clone) => {
      await clone.git('apply', join(example, 'unhealthy.patch'));
    },
    flaws: name === 'signed' ? signedFlaws : {},
  };
}

/** `acme/` is the organisation's name wherever it stands: repositories, images, teams, patterns (`acme\/`) of them. */
async function rename(folder: string, organisation: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(/\bacme(\\?\/)/g, `${organisation}$1`));
  }
}

const identity = {
  GIT_AUTHOR_NAME: 'olivia',
  GIT_AUTHOR_EMAIL: 'olivia@users.noreply.github.com',
  GIT_COMMITTER_NAME: 'olivia',
  GIT_COMMITTER_EMAIL: 'olivia@users.noreply.github.com',
};
