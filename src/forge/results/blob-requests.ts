import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Forge } from '../forge.ts';
import { BlobStore } from './blob-store.ts';
import { readSignedUrl, type SignedBlob } from './signed-url.ts';

/** Azure's own limit is 50,000 blocks. */
const largestList = 16 * 1024 * 1024;

/** What Azure's storage does for clients: a blob in one piece or in blocks, read whole or in ranges. */
export async function serveBlob(
  forge: Forge,
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  response.setHeader('x-ms-version', '2025-11-05');
  response.setHeader('x-ms-request-id', Buffer.from(forge.random(16)).toString('hex'));
  const blob = readSignedUrl(forge, url);
  if (blob === undefined) return refuse(response, 403, 'AuthenticationFailed');
  if (message.method === 'PUT') return put(forge, message, response, url, blob);
  if (message.method === 'GET' || message.method === 'HEAD') return get(forge, message, response, blob);
  return refuse(response, 405, 'UnsupportedHttpVerb');
}

async function put(
  forge: Forge,
  message: IncomingMessage,
  response: ServerResponse,
  url: URL,
  blob: SignedBlob,
): Promise<void> {
  if (blob.rights !== 'w') return refuse(response, 403, 'AuthorizationPermissionMismatch');
  const { artifacts, caches } = forge.store;
  const row = artifacts.by('blob', blob.name)[0] ?? caches.by('blob', blob.name)[0];
  // Once it is complete it stays what it is.
  if (row === undefined || row.size !== null) return refuse(response, 409, 'BlobImmutableDueToPolicy');
  const blobs = new BlobStore(forge);
  const comp = url.searchParams.get('comp');
  if (comp === 'block') {
    await blobs.writeBlock(blob.name, url.searchParams.get('blockid') ?? '', message);
  } else if (comp === 'blocklist') {
    const ids = await readBlockList(message);
    if (ids === undefined) return refuse(response, 400, 'InvalidXmlDocument');
    if (!(await blobs.commit(blob.name, ids))) return refuse(response, 400, 'InvalidBlockList');
  } else if (comp === null) {
    await blobs.write(blob.name, message);
  } else {
    return refuse(response, 400, 'InvalidQueryParameterValue');
  }
  const headers = { etag: `"${blob.name}"`, 'last-modified': httpDate(forge), 'x-ms-request-server-encrypted': 'true' };
  response.writeHead(201, { ...headers, 'content-length': 0 }).end();
}

async function get(forge: Forge, message: IncomingMessage, response: ServerResponse, blob: SignedBlob): Promise<void> {
  if (blob.rights !== 'r') return refuse(response, 403, 'AuthorizationPermissionMismatch');
  const blobs = new BlobStore(forge);
  const size = await blobs.size(blob.name);
  if (size === undefined) return refuse(response, 404, 'BlobNotFound');
  const range = readRange(message.headers['x-ms-range'] ?? message.headers.range, size);
  if (range === 'invalid') return refuse(response, 416, 'InvalidRange');
  const headers: Record<string, string | number> = {
    'content-type': blob.contentType ?? 'application/octet-stream',
    'content-length': range === undefined ? size : range.end - range.start + 1,
    'accept-ranges': 'bytes',
    etag: `"${blob.name}"`,
    'last-modified': httpDate(forge),
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-creation-time': httpDate(forge),
  };
  if (blob.fileName !== undefined)
    headers['content-disposition'] =
      `attachment; filename="${blob.fileName.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(blob.fileName)}`;
  if (range !== undefined) headers['content-range'] = `bytes ${range.start}-${range.end}/${size}`;
  response.writeHead(range === undefined ? 200 : 206, headers);
  if (message.method === 'HEAD') {
    response.end();
    return;
  }
  await pipeline(blobs.read(blob.name, range), response);
}

/** The ids of `<BlockList>`; whether a block counts as new or old is one here. */
async function readBlockList(body: Readable): Promise<readonly string[] | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestList) return undefined;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (!text.includes('<BlockList')) return undefined;
  return [...text.matchAll(/<(Latest|Uncommitted|Committed)>\s*([^<]*?)\s*<\/\1>/g)].map((match) => match[2] ?? '');
}

function readRange(
  text: string | readonly string[] | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'invalid' | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(String(text ?? ''));
  if (match === null) return undefined;
  const start = Number(match[1]);
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return start >= size || end < start ? 'invalid' : { start, end };
}

function httpDate(forge: Forge): string {
  return new Date(forge.clock.now()).toUTCString();
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  response
    .writeHead(status, {
      'content-type': 'application/xml',
      'content-length': body.length,
      'x-ms-error-code': code,
      connection: 'close',
    })
    .end(body);
}
