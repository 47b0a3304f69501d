import { git } from '../../git/git.ts';
import type { Forge } from '../forge.ts';
import { diffFiles, emptyTree } from '../git/diff-files.ts';
import { readCommit, readCommits } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentCommit } from '../present/commit.ts';
import { presentFileDiff } from '../present/file-diff.ts';
import { presentPull } from '../present/pull.ts';
import type { Pull } from '../rows.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';

/** Commits: listed, alone with their files, and the pull requests they came with. */
export function commitsRoutes(app: ForgeApp, forge: Forge): void {
  const base = '/repos/:owner/:repo/commits';

  app.get(base, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const folder = repositoryFolder(forge, repository.id);
    const from = await resolveCommit(folder, c.req.query('sha') ?? repository.defaultBranch);
    if (from === undefined) {
      throw c.req.query('sha') === undefined
        ? new ApiError(409, words.emptyRepository())
        : new ApiError(404, 'Not Found');
    }
    const { since, until, path, author } = c.req.query();
    const filters = [
      ...(since === undefined ? [] : [`--since=${since}`]),
      ...(until === undefined ? [] : [`--until=${until}`]),
      ...(author === undefined ? [] : ['--fixed-strings', `--author=${author}`]),
    ];
    const paths = path === undefined ? [] : [path];
    const list = await git(
      ['--literal-pathspecs', 'rev-list', ...filters, from, '--', ...paths],
      repositoryGit(folder),
    );
    const page = paginate(c, list.split('\n').filter(Boolean));
    const commits = page.length === 0 ? [] : await readCommits(folder, ['--no-walk=unsorted', ...page]);
    return c.json(commits.map((commit) => presentCommit(forge, repository, commit)));
  });

  app.get(`${base}/:sha/pulls`, async (c) => {
    const { repository } = atRepository(forge, c, 'pull_requests', 'read');
    const folder = repositoryFolder(forge, repository.id);
    const sha = await resolveCommit(folder, c.req.param('sha'));
    if (sha === undefined) throw new ApiError(422, words.commitMissing(c.req.param('sha')));
    const found: Pull[] = [];
    for (const pull of forge.store.pulls.by('repository', repository.id)) {
      if (await brought(folder, pull, sha)) found.push(pull);
    }
    return c.json(paginate(c, found).map((pull) => presentPull(forge, repository, pull)));
  });

  app.get(`${base}/:ref`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const folder = repositoryFolder(forge, repository.id);
    const name = c.req.param('ref');
    const sha = await resolveCommit(folder, name.replace(/^(refs\/)?(heads|tags)\//, ''));
    const commit = sha === undefined ? undefined : await readCommit(folder, sha);
    if (commit === undefined) throw new ApiError(422, words.commitMissing(name));
    const accept = c.req.header('accept') ?? '';
    if (/\.sha\b/.test(accept)) return c.text(commit.sha);
    const before = commit.parents[0] ?? emptyTree;
    if (/\.(diff|patch)\b/.test(accept)) {
      return c.text(await git(['diff', '--no-color', '--no-ext-diff', before, commit.sha], repositoryGit(folder)));
    }
    const files = await diffFiles(folder, before, commit.sha);
    const sum = (field: 'additions' | 'deletions'): number => files.reduce((total, file) => total + file[field], 0);
    const [additions, deletions] = [sum('additions'), sum('deletions')];
    return c.json({
      ...presentCommit(forge, repository, commit),
      stats: { total: additions + deletions, additions, deletions },
      files: files.map((file) => presentFileDiff(forge, repository, commit.sha, file)),
    });
  });
}

/** Whether a commit came with a pull request: its merge, its head, or one of the commits between base and head. */
async function brought(folder: string, pull: Pull, sha: string): Promise<boolean> {
  if (pull.mergeCommitSha === sha || pull.headSha === sha) return true;
  const list = await git(['rev-list', `${pull.baseSha}..${pull.headSha}`], repositoryGit(folder)).catch(() => '');
  return list.split('\n').includes(sha);
}
