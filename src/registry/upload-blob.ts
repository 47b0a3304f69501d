import type { Readable } from 'node:stream';
import type { Digest } from '../model/digest.ts';
import type { ImageRepository } from './registry-client.ts';
import { type RegistrySession, registryFailure } from './registry-session.ts';

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
 * again when a connection breaks. @throws REGISTRY_FAILED
 */
export async function uploadBlob(
  session: RegistrySession,
  repository: ImageRepository,
  blob: BlobSource,
  { chunk, mountFrom }: { readonly chunk: number; readonly mountFrom?: string },
): Promise<void> {
  const what = `an upload of ${blob.digest}`;
  const path = `/v2/${repository.repository}/blobs/uploads/`;
  // A registry that does not mount opens an upload instead (distribution specification 1.1, "Mounting a blob").
  const opened =
    mountFrom === undefined
      ? await session.send(repository, 'POST', path)
      : await session.send(repository, 'POST', `${path}?mount=${blob.digest}&from=${mountFrom}`, { pulls: mountFrom });
  if (mountFrom !== undefined && opened.status === 201) {
    await opened.body?.cancel();
    return;
  }
  let location = nextLocation(session, repository, opened);
  if (opened.status !== 202 || location === undefined) throw await registryFailure(opened, what);
  const least = Number(opened.headers.get('oci-chunk-min-length') ?? 0);
  const headers = { 'content-type': 'application/octet-stream' };
  const whole = blob.size <= chunk;
  if (!whole) {
    location = await sendChunks(session, repository, blob, location, Math.max(chunk, least));
  }
  const target = new URL(location);
  target.searchParams.set('digest', blob.digest);
  const response = await session.send(
    repository,
    'PUT',
    target,
    whole
      ? { headers: { ...headers, 'content-length': String(blob.size) }, body: () => blob.content() }
      : { headers: { 'content-length': '0' } },
  );
  if (response.status !== 201) throw await registryFailure(response, what);
  await response.body?.cancel();
}

async function sendChunks(
  session: RegistrySession,
  repository: ImageRepository,
  blob: BlobSource,
  first: URL,
  chunk: number,
): Promise<URL> {
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
    await stands.body?.cancel();
    if (stands.status !== 204) throw await registryFailure(stands, `an upload of ${blob.digest}`);
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
  return location === null ? undefined : new URL(location, session.origin(repository));
}
