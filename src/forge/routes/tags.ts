import { spawnGit } from '../../git/git.ts';
import { optionalText, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { objectInfo } from '../git/object-reader.ts';
import { readCommits } from '../git/objects.ts';
import { listRefs, resolveCommit } from '../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf } from '../permissions.ts';
import { atRepository } from './at-repository.ts';

const formats = { tarball: 'tar.gz', zipball: 'zip' } as const;

/** Tags, a commit's files as one archive, and notes for a release between two tags. */
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

  for (const [kind, format] of Object.entries(formats)) {
    // As on GitHub a redirect first; here to a path below, so that clients keep their token.
    for (const path of [`${base}/${kind}`, `${base}/${kind}/:ref{.+}`]) {
      app.get(path, async (c) => {
        const { repository } = atRepository(forge, c, 'contents', 'read');
        const folder = repositoryFolder(forge, repository.id);
        const name = (c.req.param('ref') ?? repository.defaultBranch).replace(/^refs\/(heads|tags)\//, '');
        const sha = await resolveCommit(folder, name);
        if (sha === undefined) throw new ApiError(404, 'Not Found');
        return c.redirect(`${forge.urls.api}/_archives/${fullNameOf(forge, repository)}/${sha}.${format}`, 302);
      });
    }
  }
  app.get('/_archives/:owner/:repo/:file', (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const [, sha, format] = /^([0-9a-f]{40})\.(tar\.gz|zip)$/.exec(c.req.param('file')) ?? [];
    if (sha === undefined || format === undefined) throw new ApiError(404, 'Not Found');
    const prefix = `${fullNameOf(forge, repository).replace('/', '-')}-${sha.slice(0, 7)}/`;
    const args = ['archive', `--format=${format}`, `--prefix=${prefix}`, sha];
    const child = spawnGit(args, repositoryGit(repositoryFolder(forge, repository.id)));
    child.stderr.resume();
    child.on('error', () => {});
    const chunks = child.stdout[Symbol.asyncIterator]();
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const next = await chunks.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: () => void child.kill(),
    });
    const type = format === 'zip' ? 'application/zip' : 'application/x-gzip';
    const disposition = `attachment; filename=${prefix.slice(0, -1)}.${format}`;
    return new Response(body, { headers: { 'Content-Type': type, 'Content-Disposition': disposition } });
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
