import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Forge } from '../forge.ts';
import { artifactService } from './artifact-service.ts';
import { serveBlob } from './blob-requests.ts';
import { cacheService } from './cache-service.ts';
import type { Fields } from './fields.ts';
import { readRuntimeToken, resultsHost } from './runtime-token.ts';
import { isBlobPath } from './signed-url.ts';
import { TwirpError } from './twirp-error.ts';

const twirpPath = /^\/twirp\/github\.actions\.results\.api\.v1\.(ArtifactService|CacheService)\/(\w+)$/;
/** No request of these services is large. */
const largestRequest = 1024 * 1024;

/** Whether a path is the results service's or its blobs'. */
export function isResultsPath(path: string): boolean {
  return path.startsWith('/twirp/github.actions.results.') || isBlobPath(path);
}

/** Artifacts and caches as GitHub's clients ask for them: Twirp in JSON, and blobs as in Azure's storage. */
export function resultsListener(forge: Forge, log: (text: string) => void): RequestListener {
  return (message, response) => {
    const url = new URL(message.url ?? '/', `https://${resultsHost}`);
    const answer = isBlobPath(url.pathname)
      ? serveBlob(forge, message, response, url)
      : serveTwirp(forge, message, response, url);
    answer.catch((error: unknown) => {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      const known = error instanceof TwirpError;
      if (!known) log(`the results service failed: ${error instanceof Error ? error.stack : String(error)}`);
      const { code, message: msg } = known ? error : { code: 'internal', message: 'internal error' };
      // What is left of the request is not read: the connection ends with the answer.
      if (!message.complete) response.setHeader('connection', 'close');
      send(response, known ? error.status : 500, { code, msg });
    });
  };
}

async function serveTwirp(forge: Forge, message: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  const [, service, method = ''] = twirpPath.exec(url.pathname) ?? [];
  if (service === undefined || message.method !== 'POST')
    throw new TwirpError('bad_route', `no handler for ${message.method} ${url.pathname}`);
  const caller = readRuntimeToken(forge, message.headers.authorization);
  const request = await readFields(message);
  // Who came without the lab's proxy gets the blobs there too.
  const { host = '' } = message.headers;
  const origin = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host) ? `http://${host}` : undefined;
  const serve = service === 'ArtifactService' ? artifactService : cacheService;
  send(response, 200, await serve(forge, caller, method, request, origin));
}

async function readFields(message: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestRequest) throw new TwirpError('malformed', 'the request is too large');
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw new TwirpError('malformed', 'the json request could not be decoded');
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}
