import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ByteReader } from './byte-reader.ts';
import { delimiterPacket, flushPacket, packet, readPacket } from './pkt-line.ts';

export interface GitRemote {
  /** Of the repository, without `/git-upload-pack`. */
  readonly url: string;
  /** The `Authorization` header. */
  readonly authorization: string;
  readonly signal: AbortSignal;
}

/** The remote did not do as it was asked; git itself would say why in its own words. */
export class RemoteRefused extends Error {
  override readonly name = 'RemoteRefused';
}

/**
 * The remote's refs that begin so, by name (gitprotocol-v2, ls-refs).
 * @throws RemoteRefused; what fetch throws
 */
export async function remoteRefs(remote: GitRemote, prefixes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const reader = await ask(
    remote,
    'ls-refs',
    prefixes.map((prefix) => `ref-prefix ${prefix}`),
  );
  const refs = new Map<string, string>();
  for (;;) {
    const line = await lineOf(reader);
    if (line === undefined) return refs;
    const [sha = '', name = ''] = line.split(' ');
    refs.set(name, sha);
  }
}

export interface FetchedPack {
  /** `pack-<checksum>` in the folder, without its ending; its index is yet to be made. */
  readonly name: string;
  /** Commits whose parents are left out. */
  readonly shallow: readonly string[];
}

/**
 * Fetches commits and all they need into one pack in the folder (gitprotocol-v2, fetch), whatever its size, without a
 * process of git's. For repositories that have nothing yet.
 * @param depth so many commits of each; 0 for all of them
 * @throws RemoteRefused; what fetch and the file system throw
 */
export async function fetchPack(
  remote: GitRemote,
  { wants, depth, folder }: { readonly wants: readonly string[]; readonly depth: number; readonly folder: string },
): Promise<FetchedPack> {
  const reader = await ask(remote, 'fetch', [
    'ofs-delta',
    'no-progress',
    ...wants.map((sha) => `want ${sha}`),
    ...(depth > 0 ? [`deepen ${depth}`] : []),
    'done',
  ]);
  const shallow: string[] = [];
  let section = await lineOf(reader);
  if (section === 'shallow-info') {
    for (let line = await lineOf(reader); line !== undefined; line = await lineOf(reader)) {
      if (line.startsWith('shallow ')) shallow.push(line.slice('shallow '.length));
    }
    section = await lineOf(reader);
  }
  if (section !== 'packfile') throw new RemoteRefused(`expected a pack, found ${section}`);
  const draft = join(folder, 'tmp_pack');
  const file = await open(draft, 'wx', 0o444);
  try {
    const name = `pack-${await writePack(reader, file)}`;
    await file.close();
    await rename(draft, join(folder, `${name}.pack`));
    return { name, shallow };
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

const checksumLength = 20;

/** Writes what comes on the first band; answers the pack's checksum, its last bytes. */
async function writePack(reader: ByteReader, file: FileHandle): Promise<string> {
  let end = Buffer.alloc(0);
  for (;;) {
    const payload = await readPacket(reader);
    if (payload === 'flush') return end.toString('hex');
    if (payload === undefined || payload === 'delimiter') throw new RemoteRefused('the pack ends too early');
    const [band] = payload;
    const data = payload.subarray(1);
    if (band === 3) throw new RemoteRefused(data.toString().trim());
    if (band !== 1) continue;
    for (let at = 0; at < data.length; ) at += (await file.write(data, at)).bytesWritten;
    end = Buffer.concat([end, data.subarray(-checksumLength)]).subarray(-checksumLength);
  }
}

async function ask(remote: GitRemote, command: string, args: readonly string[]): Promise<ByteReader> {
  const body = Buffer.concat([
    packet(`command=${command}\n`),
    packet('object-format=sha1'),
    delimiterPacket,
    ...args.map((arg) => packet(`${arg}\n`)),
    flushPacket,
  ]);
  const response = await fetch(`${remote.url}/git-upload-pack`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-git-upload-pack-request',
      Accept: 'application/x-git-upload-pack-result',
      'Git-Protocol': 'version=2',
      Authorization: remote.authorization,
    },
    body,
    signal: remote.signal,
    redirect: 'error',
  });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new RemoteRefused(`${command}: ${response.status}`);
  }
  return new ByteReader(response.body);
}

/** A line without its line feed; undefined where a section or the answer ends. */
async function lineOf(reader: ByteReader): Promise<string | undefined> {
  const payload = await readPacket(reader);
  if (payload === undefined || typeof payload === 'string') return undefined;
  const line = payload.toString().replace(/\n$/, '');
  if (line.startsWith('ERR ')) throw new RemoteRefused(line.slice('ERR '.length));
  return line;
}
