import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import type { RunningForge } from '../forge/open-forge.ts';
import { git, spawnGit } from '../git/git.ts';

/** raw.githubusercontent.com: `/owner/repo/ref/path` is the contents API's raw answer, rights included. */
export function rawListener(forge: RunningForge): RequestListener {
  return (message, response) => {
    const url = new URL(message.url ?? '/', 'http://raw');
    const match = /^\/([^/]+\/[^/]+)\/(refs\/(?:heads|tags)\/[^/]+|[^/]+)\/(.+)$/.exec(url.pathname);
    if (match === null) {
      response.writeHead(404).end('404: Not Found');
      return;
    }
    const [, repository = '', ref = '', path = ''] = match;
    message.url = `/repos/${repository}/contents/${path}?ref=${ref}`;
    message.headers.host = 'api.github.com';
    message.headers.accept = 'application/vnd.github.raw';
    // The listener reads headers in the form in which they came.
    message.rawHeaders = rawHeaders(message.headers);
    forge.listener(message, response);
  };
}

/** codeload.github.com: `/owner/repo/tar.gz/ref` and `/zip/ref`, by git archive, for whoever may see the repository. */
export function codeloadListener(forge: RunningForge): RequestListener {
  return (message, response) => {
    archive(forge, message.url ?? '/', message.headers.authorization).then(
      (found) => {
        if (found === undefined) {
          response.writeHead(404).end('404: Not Found');
          return;
        }
        response.writeHead(200, { 'content-type': found.type });
        pipeline(found.child.stdout, response, () => undefined);
      },
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  };
}

async function archive(forge: RunningForge, url: string, authorization: string | undefined) {
  const path = new URL(url, 'http://codeload').pathname;
  const match = /^\/([^/]+)\/([^/]+)\/(?:legacy\.)?(tar\.gz|zip)\/(.+)$/.exec(path);
  if (match === null) return undefined;
  const [, owner = '', name = '', format = '', ref = ''] = match;
  const headers = authorization === undefined ? {} : { authorization };
  const seen = await forge.app.request(`/repos/${owner}/${name}`, { headers });
  if (!seen.ok) return undefined;
  const { id } = (await seen.json()) as { id: number };
  const cwd = join(forge.forge.folder, 'git', `${id}.git`);
  const commit = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], {
    cwd,
    isolated: true,
  }).catch(() => undefined);
  if (commit === undefined) return undefined;
  const prefix = `${name}-${ref.replace(/^refs\/(?:heads|tags)\//, '').replaceAll('/', '-')}/`;
  const child = spawnGit(['archive', `--format=${format}`, `--prefix=${prefix}`, commit], { cwd, isolated: true });
  child.stdin.end();
  child.stderr.resume();
  return { child, type: format === 'zip' ? 'application/zip' : 'application/x-gzip' };
}

function rawHeaders(headers: NodeJS.Dict<string | string[]>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((each) => [name, each]),
  );
}
