import type { RequestListener } from 'node:http';
import type { RunningForge } from '../forge/open-forge.ts';
import { repositoryCalled } from '../forge/permissions.ts';

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

/** codeload.github.com: `/owner/repo/tar.gz/ref` and `/zip/ref`, for whoever may see the repository. */
export function codeloadListener(forge: RunningForge): RequestListener {
  return (message, response) => {
    const url = new URL(message.url ?? '/', 'http://codeload');
    const [, owner = '', name = '', end = ''] = /^\/([^/]+)\/([^/]+)\/(.+)$/.exec(url.pathname) ?? [];
    message.url = `/_archives/${repositoryCalled(forge.forge, `${owner}/${name}`.toLowerCase())?.id ?? 0}/${end}`;
    message.headers.host = 'api.github.com';
    message.rawHeaders = rawHeaders(message.headers);
    forge.listener(message, response);
  };
}

function rawHeaders(headers: NodeJS.Dict<string | string[]>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((each) => [name, each]),
  );
}
