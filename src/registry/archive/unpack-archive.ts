import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TrunklineError } from '../../errors.ts';

/** Files of an archive by their names in it; each lies under a number in a folder, so that no name leads anywhere. */
export type ArchiveFiles = ReadonlyMap<string, string>;

/** Unpacks a tar, gzip or not, into an empty folder. @throws ARCHIVE_INVALID for anything else, or one that is cut off */
export async function unpackArchive(file: string, folder: string): Promise<ArchiveFiles> {
  const { extract } = await import('tar-stream');
  const files = new Map<string, string>();
  const links: (readonly [string, string])[] = [];
  const entries = extract();
  const name = (text: string): string => posix.normalize(text).replace(/^\/+/, '');
  const writing = (async () => {
    for await (const entry of entries) {
      const { header } = entry;
      const at = name(header.name);
      if (header.type === 'file') {
        const path = join(folder, String(files.size));
        await pipeline(entry, createWriteStream(path, { mode: 0o600 }));
        files.set(at, path);
      } else {
        // docker writes a layer that it has twice as a link to the first.
        if (header.type === 'symlink') links.push([at, name(posix.join(posix.dirname(at), header.linkname ?? ''))]);
        if (header.type === 'link') links.push([at, name(header.linkname ?? '')]);
        entry.resume();
      }
    }
  })();
  try {
    const source = createReadStream(file);
    const reading = (await isGzip(file)) ? pipeline(source, createGunzip(), entries) : pipeline(source, entries);
    await Promise.all([reading, writing]);
  } catch (error) {
    throw new TrunklineError(
      'ARCHIVE_INVALID',
      `expected an image's archive, found something else or part of one: ${error instanceof Error ? error.message : String(error)}`,
      { location: { file } },
    );
  }
  for (const [from, to] of links) {
    const path = files.get(to);
    if (path !== undefined) files.set(from, path);
  }
  return files;
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}
