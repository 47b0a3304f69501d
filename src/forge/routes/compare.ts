import type { Forge } from '../forge.ts';
import { diffFiles } from '../git/diff-files.ts';
import { readCommit, readCommits } from '../git/objects.ts';
import { resolveCommit } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { settledGit, settledText } from '../git/settled-git.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf } from '../permissions.ts';
import { presentCommit } from '../present/commit.ts';
import { presentFileDiff } from '../present/file-diff.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';

/** GitHub lists no more files than this. */
const mostFiles = 300;

/** `base...head`: how two commits stand to each other, what lies between them. */
export function compareRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/repos/:owner/:repo/compare/:basehead{.+}', async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const folder = repositoryFolder(forge, repository.id);
    const [baseName = '', headName = ''] = c.req.param('basehead').split('...');
    const strip = (name: string): string => name.slice(name.indexOf(':') + 1);
    const base = await resolveCommit(folder, strip(baseName));
    const head = await resolveCommit(folder, strip(headName));
    if (base === undefined || head === undefined) throw new ApiError(404, 'Not Found');
    const mergeBase = (await settledGit(folder, ['merge-base', base, head], [1])).stdout.toString().trim();
    if (mergeBase === '') {
      throw new ApiError(404, words.noAncestor(baseName, headName));
    }
    const counts = await settledText(folder, ['rev-list', '--left-right', '--count', `${base}...${head}`]);
    const [behind = 0, ahead = 0] = counts.split('\t').map(Number);
    const list = (await settledText(folder, ['rev-list', '--reverse', `${base}..${head}`])).split('\n').filter(Boolean);
    const page = paginate(c, list);
    const commits = page.length === 0 ? [] : await readCommits(folder, ['--no-walk=unsorted', ...page]);
    const [baseCommit, mergeBaseCommit] = [await readCommit(folder, base), await readCommit(folder, mergeBase)];
    if (baseCommit === undefined || mergeBaseCommit === undefined) throw new ApiError(404, 'Not Found');
    const files = await diffFiles(folder, mergeBase, head);
    const url = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}/compare/${baseName}...${headName}`;
    const html = `${forge.urls.html}/${fullNameOf(forge, repository)}/compare`;
    return c.json({
      url,
      html_url: `${html}/${baseName}...${headName}`,
      permalink_url: `${html}/${base}...${head}`,
      diff_url: `${html}/${baseName}...${headName}.diff`,
      patch_url: `${html}/${baseName}...${headName}.patch`,
      base_commit: presentCommit(forge, repository, baseCommit),
      merge_base_commit: presentCommit(forge, repository, mergeBaseCommit),
      status: ahead > 0 && behind > 0 ? 'diverged' : ahead > 0 ? 'ahead' : behind > 0 ? 'behind' : 'identical',
      ahead_by: ahead,
      behind_by: behind,
      total_commits: list.length,
      commits: commits.map((commit) => presentCommit(forge, repository, commit)),
      files: files.slice(0, mostFiles).map((file) => presentFileDiff(forge, repository, head, file)),
    });
  });
}
