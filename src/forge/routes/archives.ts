import { spawnGit } from '../../git/git.ts';
import type { Forge } from '../forge.ts';
import { resolveCommit } from '../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { findRepository, fullNameOf, requirePermission } from '../permissions.ts';
import type { Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

const formats = { tarball: 'tar.gz', zipball: 'zip' } as const;

/** A commit's files as one archive. */
export function archiveRoutes(app: ForgeApp, forge: Forge): void {
  for (const [kind, format] of Object.entries(formats)) {
    // As on GitHub a redirect first; here to a path below, so that clients keep their token. Its end is codeload's, from
    // which gh takes `legacy.` away to get an archive named after the tag.
    for (const path of [`/repos/:owner/:repo/${kind}`, `/repos/:owner/:repo/${kind}/:ref{.+}`]) {
      app.get(path, async (c) => {
        const { repository } = atRepository(forge, c, 'contents', 'read');
        const ref = c.req.param('ref') ?? repository.defaultBranch;
        await commitOf(forge, repository, ref);
        const name = ref.split('/').map(encodeURIComponent).join('/');
        return c.redirect(`${forge.urls.api}/_archives/${repository.id}/legacy.${format}/${name}`, 302);
      });
    }
  }
  app.get('/_archives/:id/:form/:ref{.+}', async (c) => {
    const identity = c.get('identity');
    const row = forge.store.repositories.get(pathNumber(c, 'id'));
    if (row === undefined) throw new ApiError(404, 'Not Found');
    const [owner = '', name = ''] = fullNameOf(forge, row).split('/');
    const repository = findRepository(forge, identity, owner, name);
    requirePermission(forge, identity, repository, 'contents', 'read');
    const [, legacy, format] = /^(legacy\.)?(tar\.gz|zip)$/.exec(c.req.param('form')) ?? [];
    if (format === undefined) throw new ApiError(404, 'Not Found');
    const ref = c.req.param('ref');
    const sha = await commitOf(forge, repository, ref);
    const stem = legacy === undefined ? `${name}-${plainVersion(ref)}` : `${owner}-${name}-${sha.slice(0, 7)}`;
    const headers = {
      'Content-Type': format === 'zip' ? 'application/zip' : 'application/x-gzip',
      'Content-Disposition': `attachment; filename=${stem}.${format}`,
    };
    return new Response(archive(forge, repository, [`--format=${format}`, `--prefix=${stem}/`, sha]), { headers });
  });
}

/** `1.2.3` of `refs/tags/v1.2.3`. */
function plainVersion(ref: string): string {
  return ref
    .replace(/^refs\/(?:heads|tags)\//, '')
    .replace(/^v(?=\d)/, '')
    .replaceAll('/', '-');
}

async function commitOf(forge: Forge, repository: Repository, ref: string): Promise<string> {
  const sha = await resolveCommit(repositoryFolder(forge, repository.id), ref);
  if (sha === undefined) throw new ApiError(404, 'Not Found');
  return sha;
}

function archive(forge: Forge, repository: Repository, args: readonly string[]): ReadableStream<Uint8Array> {
  const child = spawnGit(['archive', ...args], repositoryGit(repositoryFolder(forge, repository.id)));
  child.stderr.resume();
  child.on('error', () => {});
  const chunks = child.stdout[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await chunks.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: () => void child.kill(),
  });
}
