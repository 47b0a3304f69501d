import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { ActionCall } from './action.ts';

/** Asks the service of artifacts or caches as GitHub's clients do, but without TLS where the forge answers so. */
export async function askResults(
  call: ActionCall,
  service: 'ArtifactService' | 'CacheService',
  method: string,
  request: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const base = call.directGit ?? call.env['ACTIONS_RESULTS_URL'];
  const token = call.env['ACTIONS_RUNTIME_TOKEN'];
  if (base === undefined || token === undefined)
    throw new Error('Unable to get the ACTIONS_RUNTIME_TOKEN env variable: this runner has no artifacts and caches');
  const url = new URL(`/twirp/github.actions.results.api.v1.${service}/${method}`, base);
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: call.signal,
  });
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  if (response.ok) return answer;
  throw new ResultsError(
    response.status,
    `Failed to ${method}: Received non-retryable error: Failed request: (${response.status}) ${response.statusText}: ${String(answer['msg'])}`,
  );
}

/** What the service refused, with its status. */
export class ResultsError extends Error {
  override readonly name = 'ResultsError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The ids that the token names its run and job by. */
export function backendIds(call: ActionCall): {
  readonly workflow_run_backend_id: string;
  readonly workflow_job_run_backend_id: string;
} {
  const [, body = ''] = (call.env['ACTIONS_RUNTIME_TOKEN'] ?? '').split('.');
  const claims = body === '' ? {} : (JSON.parse(Buffer.from(body, 'base64url').toString()) as { scp?: string });
  const [, run = '', job = ''] = /Actions\.Results:([^:\s]+):([^:\s]+)/.exec(claims.scp ?? '') ?? [];
  return { workflow_run_backend_id: run, workflow_job_run_backend_id: job };
}

/** Sends bytes to a signed URL as they come; answers how many there were and their SHA-256. */
export async function uploadBlob(
  call: ActionCall,
  url: string,
  content: AsyncIterable<Buffer>,
): Promise<{ readonly size: number; readonly digest: string }> {
  const hash = createHash('sha256');
  let size = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  const status = await put(url, Readable.from(counted(), { objectMode: false }), call.signal);
  if (status !== 201 && status !== 200) throw new Error(`Unexpected HTTP response from blob storage: ${status}`);
  return { size, digest: hash.digest('hex') };
}

/** Writes what a signed URL leads to into a file; answers the response's headers and the SHA-256. */
export async function downloadBlob(
  call: ActionCall,
  url: string,
  file: string,
): Promise<{ readonly digest: string; readonly headers: Headers }> {
  const response = await fetch(url, { signal: call.signal });
  if (!response.ok || response.body === null)
    throw new Error(`Unexpected HTTP response from blob storage: ${response.status} ${response.statusText}`);
  const hash = createHash('sha256');
  const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  body.on('data', (chunk: Buffer) => hash.update(chunk));
  await pipeline(body, createWriteStream(file, { mode: 0o600 }));
  return { digest: hash.digest('hex'), headers: response.headers };
}

/** Not by fetch, whose bodies of streams are read without waiting for the other side. */
async function put(url: string, content: Readable, signal: AbortSignal): Promise<number> {
  const send = url.startsWith('https:') ? https.request : http.request;
  const request = send(url, { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, signal });
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  answered.catch(() => undefined);
  await pipeline(content, request);
  const [response] = await answered;
  response.resume();
  return response.statusCode ?? 500;
}
