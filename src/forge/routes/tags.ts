import { optionalText, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { objectInfo } from '../git/object-reader.ts';
import { readCommits } from '../git/objects.ts';
import { listRefs, resolveCommit } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf } from '../permissions.ts';
import { atRepository } from './at-repository.ts';

/** Tags, and notes for a release between two of them. */
export function tagsRoutes(app: ForgeApp, forge: Forge): void {
  const base = '/repos/:owner/:repo';
  app.get(`${base}/tags`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const folder = repositoryFolder(forge, repository.id);
    const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
    const page = paginate(c, (await listRefs(folder, 'refs/tags/')).toReversed());
    const shown = await Promise.all(
      page.map(async (ref) => {
        const name = ref.name.slice('refs/tags/'.length);
        const sha = (await objectInfo(folder, `${ref.sha}^{commit}`))?.sha ?? ref.sha;
        return {
          name,
          zipball_url: `${api}/zipball/refs/tags/${name}`,
          tarball_url: `${api}/tarball/refs/tags/${name}`,
          commit: { sha, url: `${api}/commits/${sha}` },
          node_id: nodeId('Ref', `${repository.id}:${ref.name}`),
        };
      }),
    );
    return c.json(shown);
  });

  app.post(`${base}/releases/generate-notes`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'write');
    const body = await readBody(c);
    const tag = requiredText(body, 'tag_name', 'Release');
    const folder = repositoryFolder(forge, repository.id);
    const target = optionalText(body, 'target_commitish') ?? repository.defaultBranch;
    const head = (await resolveCommit(folder, tag)) ?? (await resolveCommit(folder, target));
    const previous = optionalText(body, 'previous_tag_name');
    const before = previous === undefined ? undefined : await resolveCommit(folder, previous);
    if (head === undefined || (previous !== undefined && before === undefined)) throw new ApiError(404, 'Not Found');
    const range = before === undefined ? head : `${before}..${head}`;
    const commits = await readCommits(folder, ['--max-count=250', range]);
    const shas = new Set(commits.map((one) => one.sha));
    const html = `${forge.urls.html}/${fullNameOf(forge, repository)}`;
    const changes = forge.store.pulls
      .by('repository', repository.id)
      .filter((pull) => pull.merged && shas.has(pull.mergeCommitSha ?? ''))
      .map((pull) => {
        const by = forge.store.accounts.get(pull.authorId)?.login ?? 'ghost';
        return `* ${pull.title} by @${by} in ${html}/pull/${pull.number}`;
      });
    const list = changes.length === 0 ? [] : ["## What's Changed", ...changes, ''];
    const link = previous === undefined ? `commits/${tag}` : `compare/${previous}...${tag}`;
    return c.json({ name: tag, body: [...list, '', `**Full Changelog**: ${html}/${link}`].join('\n') });
  });
}
