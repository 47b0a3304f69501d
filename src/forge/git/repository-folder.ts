import { writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type GitOptions, git } from '../../git/git.ts';
import { GitStarter } from '../../git/git-starter.ts';
import type { Forge } from '../forge.ts';

type Folder = Pick<Forge, 'folder'>;

/** Objects are never collected: what a pull request or a run once named stays readable. */
const config = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	logAllRefUpdates = false
[gc]
	auto = 0
[http]
	receivepack = true
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[receive]
	advertisePushOptions = true
	hideRefs = refs/pull
[transfer]
	hideRefs = refs/internal
`;

/** The bare repository of a repository id. */
export function repositoryFolder(forge: Folder, repositoryId: number): string {
  return join(forge.folder, 'git', `${repositoryId}.git`);
}

/** Runs git in a repository of the forge, apart from anybody's configuration. */
export function repositoryGit(
  folder: string,
  options: Partial<GitOptions> = {},
): GitOptions & { readonly starter: GitStarter } {
  return { ...options, cwd: folder, isolated: true, starter: starterOf(dirname(folder)) };
}

/** By the folder of all repositories of a forge: two forges in one process have none in common. */
const starters = new Map<string, GitStarter>();

function starterOf(root: string): GitStarter {
  let starter = starters.get(root);
  if (starter === undefined) {
    starter = new GitStarter();
    starters.set(root, starter);
  }
  return starter;
}

/** Starts the process that runs git for the repositories in a folder, so that the first of them need not wait for it. */
export function openGitStarter(root: string): void {
  starterOf(root).open();
}

/** Ends the process that runs git for the repositories in a folder. */
export function endGitStarter(root: string): void {
  starters.get(root)?.end();
  starters.delete(root);
}

/** Makes the bare repository, empty. Said twice, it does no harm. */
export async function createRepositoryFolder(
  forge: Folder,
  repositoryId: number,
  defaultBranch: string,
): Promise<string> {
  const folder = repositoryFolder(forge, repositoryId);
  await mkdir(folder, { recursive: true });
  const name = `--initial-branch=${defaultBranch}`;
  await git(['init', '--quiet', '--bare', '--template=', name, '.'], repositoryGit(folder));
  writeFileSync(join(folder, 'config'), config);
  return folder;
}

/** Makes whole what a kill cut short while it was made: the configuration is written last. */
export async function completeRepositories(
  forge: Folder,
  repositories: Iterable<{ readonly id: number; readonly defaultBranch: string }>,
): Promise<void> {
  for (const { id, defaultBranch } of repositories) {
    const text = await readFile(join(repositoryFolder(forge, id), 'config'), 'utf8').catch(() => undefined);
    if (text !== config) await createRepositoryFolder(forge, id, defaultBranch);
  }
}

/** Points HEAD at another branch, which clones then check out. */
export async function setDefaultBranch(forge: Folder, repositoryId: number, branch: string): Promise<void> {
  const folder = repositoryFolder(forge, repositoryId);
  await git(['symbolic-ref', 'HEAD', `refs/heads/${branch}`], repositoryGit(folder));
}

export async function deleteRepositoryFolder(forge: Folder, repositoryId: number): Promise<void> {
  await rm(repositoryFolder(forge, repositoryId), { recursive: true, force: true });
}

/** Copies a commit and all it needs from one repository into another (a fork's head into its base); no ref moves. */
export async function copyCommit(forge: Folder, from: number, to: number, sha: string): Promise<void> {
  const args = [
    'fetch',
    '--quiet',
    '--no-write-fetch-head',
    '--no-tags',
    '--no-auto-gc',
    repositoryFolder(forge, from),
  ];
  await git([...args, sha], repositoryGit(repositoryFolder(forge, to)));
}

/** Takes away what pushes left that a kill cut short. */
export async function clearQuarantines(forge: Folder): Promise<void> {
  const root = join(forge.folder, 'git');
  const names = await readdir(root).catch(() => []);
  for (const name of names) {
    const objects = join(root, name, 'objects');
    for (const entry of await readdir(objects).catch(() => [])) {
      if (entry.startsWith('incoming-')) await rm(join(objects, entry), { recursive: true, force: true });
    }
  }
}
