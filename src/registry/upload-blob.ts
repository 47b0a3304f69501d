import type { Readable } from 'node:stream';
import type { Digest } from '../model/digest.ts';
import type { ImageRepository } from './registry-client.ts';
import { registryFailure } from './registry-failure.ts';
import type { RegistrySession } from './registry-session.ts';

/** Bytes that are known by their digest and can be read again, from any place. */
export interface BlobSource {
  readonly digest: Digest;
  readonly size: number;
  /** All of it, or the bytes from `start` up to and with `end`. */
  content(range?: { readonly start: number; readonly end: number }): Readable | Uint8Array;
}

/** A chunk that got lost is sent again from where the registry says it stands, this often without getting further. */
const patience = 3;

/**
 * Uploads in one request, or, what is larger than `chunk` bytes, chunk by chunk: what the registry has got is not sent
 * again when a connection breaks. An upload that broke off whole, or that the registry knows nothing of any more, is begun
 * again, unless the blob has arrived after all. @throws REGISTRY_FAILED
 */
export async function uploadBlob(
  session: RegistrySession,
  repository: ImageRepository,
  blob: BlobSource,
  options: { readonly chunk: number; readonly mountFrom?: string; readonly arrived: () => Promise<boolean> },
): Promise<void> {
  for (let failures = 0; ; ) {
    const upload = await openUpload(session, repository, blob, options.mountFrom);
    if (upload === undefined) return;
    const broken = await sendAll(session, repository, blob, upload, options.chunk);
    if (broken === undefined || (await options.arrived())) return;
    failures += 1;
    if (failures > patience) throw broken;
  }
}

interface Upload {
  readonly location: URL;
  /** Bytes that a chunk has at least, but the last. */
  readonly least: number;
}

/** Undefined where nothing has to be sent: it was mounted. */
async function openUpload(
  session: RegistrySession,
  repository: ImageRepository,
  { digest }: BlobSource,
  mountFrom: string | undefined,
): Promise<Upload | undefined> {
  const path = `/v2/${repository.repository}/blobs/uploads/`;
  // A registry that does not mount opens an upload instead (distribution specification 1.1, "Mounting a blob").
  const opened =
    mountFrom === undefined
      ? await session.send(repository, 'POST', path)
      : await session.send(repository, 'POST', `${path}?mount=${digest}&from=${mountFrom}`, { pulls: mountFrom });
  if (mountFrom !== undefined && opened.status === 201) {
    await opened.body?.cancel();
    return undefined;
  }
  const location = nextLocation(session, repository, opened);
  if (opened.status !== 202 || location === undefined) throw await registryFailure(opened, `an upload of ${digest}`);
  await opened.body?.cancel();
  return { location, least: Number(opened.headers.get('oci-chunk-min-length') ?? 0) };
}

/** Undefined when it is done; what went wrong where it may be begun again. @throws REGISTRY_FAILED where it is refused */
async function sendAll(
  session: RegistrySession,
  repository: ImageRepository,
  blob: BlobSource,
  { location: first, least }: Upload,
  chunk: number,
): Promise<unknown> {
  const what = `an upload of ${blob.digest}`;
  const whole = blob.size <= chunk;
  const location = whole ? first : await sendChunks(session, repository, blob, first, Math.max(chunk, least));
  if (!(location instanceof URL)) return location.lost;
  const target = new URL(location);
  target.searchParams.set('digest', blob.digest);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) };
  const request = whole ? { headers, body: () => blob.content() } : { headers: { 'content-length': '0' } };
  const response = await session
    .send(repository, 'PUT', target, { ...request, once: true })
    .catch((error: unknown) => ({ error }));
  if ('error' in response) return response.error;
  if (response.status !== 201) {
    const failure = await registryFailure(response, what);
    if (gone.has(response.status)) return failure;
    throw failure;
  }
  await response.body?.cancel();
  return undefined;
}

/** What is said of an upload that is not known any more, or stands elsewhere than was thought; and by a proxy of a registry that is away. */
const gone = new Set([404, 416, 502, 503, 504]);

async function sendChunks(
  session: RegistrySession,
  repository: ImageRepository,
  blob: BlobSource,
  first: URL,
  chunk: number,
): Promise<URL | { readonly lost: unknown }> {
  let location = first;
  let failures = 0;
  for (let start = 0; start < blob.size; ) {
    const end = Math.min(start + chunk, blob.size) - 1;
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(end - start + 1),
      'content-range': `${start}-${end}`,
    };
    const body = (): Readable | Uint8Array => blob.content({ start, end });
    const sent = await session
      .send(repository, 'PATCH', location, { headers, body, once: true })
      .catch((error: unknown) => ({ error }));
    if (!('error' in sent) && sent.status === 202) {
      location = nextLocation(session, repository, sent) ?? location;
      await sent.body?.cancel();
      start = end + 1;
      failures = 0;
      continue;
    }
    failures += 1;
    if (failures > patience) {
      throw 'error' in sent ? sent.error : await registryFailure(sent, `an upload of ${blob.digest}`);
    }
    if (!('error' in sent)) await sent.body?.cancel();
    const stands = await session.send(repository, 'GET', location);
    if (stands.status !== 204) {
      const failure = await registryFailure(stands, `an upload of ${blob.digest}`);
      if (gone.has(stands.status)) return { lost: failure };
      throw failure;
    }
    await stands.body?.cancel();
    location = nextLocation(session, repository, stands) ?? location;
    const got = Number(/^(?:bytes=)?0-(\d+)$/.exec(stands.headers.get('range') ?? '')?.[1] ?? -1);
    // `0-0` is said of an empty upload, too: one byte is sent again rather than left out.
    const from = got > 0 ? got + 1 : 0;
    if (from > start) failures = 0;
    start = Math.min(from, blob.size);
  }
  return location;
}

function nextLocation(session: RegistrySession, repository: ImageRepository, response: Response): URL | undefined {
  const location = response.headers.get('location');
  // What a fetch of one's own hands on may not know its address.
  const base = response.url === '' ? session.origin(repository) : response.url;
  return location === null ? undefined : new URL(location, base);
}
