import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Pack } from 'tar-stream';
import type { Digest } from '../../model/digest.ts';

/** What a layer puts at a path of the image (`app/server.js`, without a leading slash). */
export type LayerEntry =
  | { readonly kind: 'directory'; readonly mode: number }
  | { readonly kind: 'file' | 'symlink'; readonly source: string; readonly mode: number }
  | { readonly kind: 'whiteout' };

export interface Layer {
  readonly file: string;
  readonly digest: Digest;
  readonly size: number;
  /** The digest of the tar inside. */
  readonly diffId: Digest;
}

/** Writes a layer whose bytes depend on names, modes and contents alone: sorted, no owners, no times. */
export async function writeLayer(entries: ReadonlyMap<string, LayerEntry>, file: string): Promise<Layer> {
  const { pack } = await import('tar-stream');
  const tar = pack();
  const adding = (async () => {
    for (const path of [...entries.keys()].sort()) {
      const entry = entries.get(path);
      if (entry !== undefined) await addEntry(tar, path, entry);
    }
    tar.finalize();
  })();
  const [layer] = await Promise.all([compressLayer(tar, file), adding]);
  return layer;
}

/** Compresses a layer's tar into the file, its bytes as they are. */
export async function compressLayer(tar: Readable | Pack, file: string): Promise<Layer> {
  const plain = createHash('sha256');
  const packed = createHash('sha256');
  let size = 0;
  const look = (see: (chunk: Buffer) => void): Transform =>
    new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        see(chunk);
        done(null, chunk);
      },
    });
  await pipeline(
    tar,
    look((chunk) => plain.update(chunk)),
    createGzip({ level: 6 }),
    look((chunk) => {
      packed.update(chunk);
      size += chunk.length;
    }),
    createWriteStream(file),
  );
  const name = (hash: Hash): Digest => `sha256:${hash.digest('hex')}` as Digest;
  return { file, digest: name(packed), size, diffId: name(plain) };
}

async function addEntry(tar: Pack, path: string, entry: LayerEntry): Promise<void> {
  const fixed = { mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' };
  if (entry.kind === 'directory') {
    tar.entry({ ...fixed, name: `${path}/`, type: 'directory', mode: entry.mode });
  } else if (entry.kind === 'whiteout') {
    const at = path.lastIndexOf('/') + 1;
    tar.entry({ ...fixed, name: `${path.slice(0, at)}.wh.${path.slice(at)}`, mode: 0o644 }, '');
  } else if (entry.kind === 'symlink') {
    const linkname = await readlink(entry.source);
    tar.entry({ ...fixed, name: path, type: 'symlink', linkname, mode: 0o777 });
  } else {
    const { size } = await lstat(entry.source);
    const sink = tar.entry({ ...fixed, name: path, type: 'file', mode: entry.mode, size });
    await pipeline(createReadStream(entry.source), sink);
  }
}
