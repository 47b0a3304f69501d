import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly offset: number;
}

/** Unpacks a zip file into a folder, file by file as streams. @throws for names that lead out of the folder */
export async function unzipFile(file: string, folder: string): Promise<readonly string[]> {
  const handle = await open(file, 'r');
  try {
    const entries = await readDirectory(handle);
    for (const entry of entries) await extract(handle, file, entry, folder);
    return entries.map(({ name }) => name);
  } finally {
    await handle.close();
  }
}

async function extract(handle: FileHandle, file: string, entry: Entry, folder: string): Promise<void> {
  const target = resolve(folder, entry.name);
  const way = relative(folder, target);
  if (
    way === '' ||
    way === '..' ||
    way.startsWith(`..${sep}`) ||
    entry.name.includes('\0') ||
    entry.name.startsWith('/')
  )
    throw new Error(`the artifact has a file that would lie outside of its folder: ${entry.name}`);
  if (entry.name.endsWith('/')) {
    await mkdir(target, { recursive: true });
    return;
  }
  if (entry.method !== 0 && entry.method !== 8)
    throw new Error(`the artifact's file ${entry.name} is packed in a way that is not known (${entry.method})`);
  await mkdir(dirname(target), { recursive: true });
  const head = await read(handle, entry.offset, 30);
  const start = entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  const out = createWriteStream(target, { mode: 0o644 });
  if (entry.packed === 0 && entry.method === 0) {
    await new Promise<void>((done, fail) => out.on('error', fail).end(done));
    return;
  }
  const content = createReadStream(file, { start, end: start + entry.packed - 1 });
  if (entry.method === 0) await pipeline(content, out);
  else await pipeline(content, createInflateRaw(), out);
}

async function readDirectory(handle: FileHandle): Promise<readonly Entry[]> {
  const { size } = await handle.stat();
  const tail = await read(handle, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06'));
  if (at < 0) throw new Error('the artifact is no zip file');
  let start = tail.readUInt32LE(at + 16);
  let length = tail.readUInt32LE(at + 12);
  const locator = at - 20;
  if (locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
    const end64 = await read(handle, Number(tail.readBigUInt64LE(locator + 8)), 56);
    length = Number(end64.readBigUInt64LE(40));
    start = Number(end64.readBigUInt64LE(48));
  }
  const list = await read(handle, start, length);
  const entries: Entry[] = [];
  for (let from = 0; from + 46 <= list.length && list.readUInt32LE(from) === 0x02014b50; ) {
    const nameLength = list.readUInt16LE(from + 28);
    const extraLength = list.readUInt16LE(from + 30);
    const extra = list.subarray(from + 46 + nameLength, from + 46 + nameLength + extraLength);
    entries.push({
      name: list.toString('utf8', from + 46, from + 46 + nameLength).replaceAll('\\', '/'),
      method: list.readUInt16LE(from + 10),
      ...places(list, from, extra),
    });
    from += 46 + nameLength + extraLength + list.readUInt16LE(from + 32);
  }
  return entries;
}

/** Length and offset, of which the extra field has those that do not fit into 32 bits. */
function places(list: Buffer, from: number, extra: Buffer): { readonly packed: number; readonly offset: number } {
  const size = list.readUInt32LE(from + 24);
  let packed = list.readUInt32LE(from + 20);
  let offset = list.readUInt32LE(from + 42);
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let value = at + 4 + (size === 0xffffffff ? 8 : 0);
    if (packed === 0xffffffff) {
      packed = Number(extra.readBigUInt64LE(value));
      value += 8;
    }
    if (offset === 0xffffffff) offset = Number(extra.readBigUInt64LE(value));
  }
  return { packed, offset };
}

async function read(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  if (bytesRead < length) throw new Error('the artifact’s zip file is cut off');
  return buffer;
}
