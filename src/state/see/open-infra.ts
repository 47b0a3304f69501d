import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { git, runGit } from '../../git/git.ts';
import { ObjectBatch } from '../../git/object-batch.ts';
import type { GitHub } from '../../github/client.ts';
import { hostedName } from './hosted-name.ts';

/** An infra repository opened for looking at: a clone on this machine, at the commit that counts. */
export interface Infra {
  readonly folder: string;
  /** `owner/name`, where known. */
  readonly repository: string | undefined;
  readonly branch: string;
  readonly commit: string;
  readonly shallow: boolean;
  readonly objects: ObjectBatch;
  readonly notes: readonly string[];
  close(): void;
}

export interface OpenOptions {
  readonly cwd: string;
  /** `owner/name`: the repository to look at, where the folder's own is not meant. */
  readonly repository?: string | undefined;
  /** A revision in place of the default branch. */
  readonly revision?: string | undefined;
  readonly github: GitHub | undefined;
  /** Which branches a clone that is made has: the default one unless said. */
  readonly branches?: 'all';
  /** `https://github.com` */
  readonly serverUrl: string;
}

/**
 * Opens the clone that the folder is in, else (with credentials) a bare clone in a temporary folder. With credentials
 * the commit is the default branch's on GitHub: where the clone is behind, its objects are fetched and no ref moves.
 * @throws NOT_FOUND, NOT_A_REPOSITORY, GIT_FAILED
 */
export async function openInfra(options: OpenOptions): Promise<Infra> {
  const { cwd, github } = options;
  const here = await localClone(cwd);
  const local = here !== undefined && (options.repository === undefined || same(options.repository, here.repository));
  const repository = options.repository ?? here?.repository;
  if (!local && github === undefined) {
    throw new TrunklineError(
      'NOT_A_REPOSITORY',
      `expected a clone of ${repository ?? 'an infra repository'} in ${cwd}, found none`,
      {
        hint: 'change into a clone, or set GITHUB_TOKEN so that it can be read from GitHub',
      },
    );
  }
  const notes: string[] = [];
  const tip = github === undefined || repository === undefined ? undefined : await defaultBranch(github, repository);
  const temporary = local ? undefined : mkdtempSync(join(tmpdir(), 'trunkline-see-'));
  const remove = (): void => {
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  try {
    const folder = temporary ?? here?.folder ?? cwd;
    const transport = async (): Promise<{ env?: Record<string, string> }> =>
      github === undefined ? {} : { env: await authorised(github, options.serverUrl) };
    const url = `${options.serverUrl}/${repository ?? ''}.git`;
    if (temporary !== undefined && repository !== undefined)
      await git(
        [
          'clone',
          '--quiet',
          '--bare',
          ...(options.branches === 'all' ? [] : ['--single-branch']),
          '--end-of-options',
          url,
          '.',
        ],
        { cwd: folder, ...(await transport()) },
      );
    const found = options.revision === undefined ? await mainBranch(folder) : await revision(folder, options.revision);
    let commit = found.commit;
    if (options.revision === undefined && tip !== undefined && tip.commit !== commit) {
      if (await fetched(folder, url, tip.commit, transport)) commit = tip.commit;
      else
        notes.push(
          `this clone is not what GitHub has: ${repository}@${tip.branch} is at ${tip.commit.slice(0, 7)}; run git fetch`,
        );
    }
    const shallow = (await git(['rev-parse', '--is-shallow-repository'], { cwd: folder })) === 'true';
    if (shallow)
      notes.push(
        'the clone is shallow: what is older than it reaches is not known (git fetch --unshallow; on Actions fetch-depth: 0)',
      );
    const objects = new ObjectBatch(folder);
    return {
      folder,
      repository,
      branch: tip?.branch ?? found.branch,
      commit,
      shallow,
      objects,
      notes,
      close: () => {
        objects.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Where git takes credentials from without their standing in an argument or a file. */
async function authorised(github: GitHub, serverUrl: string): Promise<Record<string, string>> {
  const basic = Buffer.from(`x-access-token:${await github.token()}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${serverUrl}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basic}`,
  };
}

async function localClone(cwd: string): Promise<{ folder: string; repository: string | undefined } | undefined> {
  const git = await runGit(['rev-parse', '--absolute-git-dir'], { cwd, accept: [128] });
  if (git.code !== 0) return undefined;
  // A bare clone has no tree of files.
  const tree = await runGit(['rev-parse', '--show-toplevel'], { cwd, accept: [128] });
  const folder = (tree.code === 0 ? tree : git).stdout.toString().trim();
  return { folder, repository: await hostedName(cwd) };
}

function same(a: string, b: string | undefined): boolean {
  return a.toLowerCase() === b?.toLowerCase();
}

/** The main branch as the clone knows it: what `origin` calls its head, else main or master, else what is checked out. */
async function mainBranch(folder: string): Promise<{ branch: string; commit: string }> {
  const refs = await git(
    [
      'for-each-ref',
      '--format=%(refname) %(objectname) %(symref)',
      'refs/remotes/origin/',
      'refs/heads/main',
      'refs/heads/master',
    ],
    { cwd: folder },
  );
  const known = new Map<string, readonly [string, string]>();
  for (const line of refs.split('\n')) {
    const [name = '', oid = '', target = ''] = line.split(' ');
    known.set(name, [oid, target]);
  }
  const head = known.get('refs/remotes/origin/HEAD')?.[1];
  for (const name of [
    head,
    'refs/remotes/origin/main',
    'refs/remotes/origin/master',
    'refs/heads/main',
    'refs/heads/master',
  ]) {
    const commit = name === undefined ? undefined : known.get(name)?.[0];
    if (name !== undefined && commit !== undefined)
      return { branch: name.replace(/^refs\/(heads|remotes\/origin)\//, ''), commit };
  }
  return revision(folder, 'HEAD');
}

/** @throws NOT_FOUND */
async function revision(folder: string, name: string): Promise<{ branch: string; commit: string }> {
  const { code, stdout } = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], {
    cwd: folder,
    accept: [1, 128],
  });
  const commit = stdout.toString().trim().split('\n').at(-1) ?? '';
  if (code !== 0 || commit === '')
    throw new TrunklineError('NOT_FOUND', `expected a commit called "${name}" in ${folder}, found none`);
  return { branch: name, commit };
}

async function fetched(
  folder: string,
  url: string,
  commit: string,
  transport: () => Promise<{ readonly env?: Record<string, string> }>,
): Promise<boolean> {
  const there = await runGit(['cat-file', '-e', `${commit}^{commit}`], { cwd: folder, accept: [1, 128] });
  if (there.code === 0) return true;
  const { code } = await runGit(
    ['fetch', '--quiet', '--no-write-fetch-head', '--no-tags', '--end-of-options', url, commit],
    { cwd: folder, ...(await transport()), accept: [1, 128] },
  );
  return code === 0;
}

/** @throws NOT_FOUND */
async function defaultBranch(github: GitHub, repository: string): Promise<{ branch: string; commit: string }> {
  const [owner = '', name = ''] = repository.split('/');
  const { repository: found } = await github.query<{
    repository: { defaultBranchRef: { name: string; target: { oid: string } } | null } | null;
  }>(
    'query Tip($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { defaultBranchRef { name target { oid } } } }',
    { owner, name },
  );
  if (found?.defaultBranchRef == null) {
    throw new TrunklineError(
      'NOT_FOUND',
      `expected the repository ${repository} with a default branch, found none that these credentials can see`,
      { hint: 'add --offline to look at the clone alone' },
    );
  }
  return { branch: found.defaultBranchRef.name, commit: found.defaultBranchRef.target.oid };
}
