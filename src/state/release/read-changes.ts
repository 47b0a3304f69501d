import type { ReleasedChange } from '../../delivery/release-notes.ts';
import { TrunklineError } from '../../errors.ts';
import { firstParentLog, type LogCommit } from '../../git/first-parent-log.ts';
import { runGit } from '../../git/git.ts';
import type { GitHub } from '../../github/client.ts';
import { readCommitPulls } from '../see/commit-pulls.ts';

/** More are not listed in notes, nor asked for. */
const most = 1000;

/**
 * What came to the first-parent line between two commits, newest first; only what `touches` says yes to.
 * @throws NOT_FOUND where the checkout is too shallow to tell
 */
export async function readChanges(
  { github, repository, folder }: { readonly github: GitHub; readonly repository: string; readonly folder: string },
  range: { readonly from: string | undefined; readonly to: string },
  touches: (path: string) => boolean,
): Promise<readonly ReleasedChange[]> {
  const shallow = await runGit(['rev-parse', '--is-shallow-repository'], { cwd: folder });
  const commits: LogCommit[] = [];
  if (shallow.stdout.toString().trim() === 'true' || !(await has(folder, range.to)))
    throw new TrunklineError('NOT_FOUND', 'expected the whole history in this checkout, found a part of it', {
      hint: 'actions/checkout with: { fetch-depth: 0 }',
    });
  const span = range.from === undefined ? range.to : `${range.from}..${range.to}`;
  for await (const commit of firstParentLog(folder, span, { limit: most })) {
    if (commit.files.some(({ path, from }) => touches(path) || (from !== undefined && touches(from))))
      commits.push(commit);
  }
  const pulls = await readCommitPulls(
    github,
    repository,
    commits.map((one) => one.sha),
  );
  return commits.map(({ sha, message, author }) => {
    const pull = pulls.get(sha);
    return {
      commit: sha,
      subject: message.split('\n')[0] ?? '',
      author,
      ...(pull === undefined ? {} : { pull: { number: pull.number, title: pull.title, author: pull.author } }),
    };
  });
}

/** Whether a commit lies on the way to another, both in the folder. */
export async function isAncestor(folder: string, earlier: string, later: string): Promise<boolean> {
  if (!(await has(folder, earlier))) return false;
  const { code } = await runGit(['merge-base', '--is-ancestor', earlier, later], { cwd: folder, accept: [1] });
  return code === 0;
}

async function has(folder: string, commit: string): Promise<boolean> {
  const { code } = await runGit(['cat-file', '-e', `${commit}^{commit}`], { cwd: folder, accept: [1, 128] });
  return code === 0;
}
