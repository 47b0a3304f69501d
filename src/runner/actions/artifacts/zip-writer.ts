import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { crc32, createDeflateRaw } from './zip-parts.ts';

export interface ZipEntry {
  /** With `/` between folders. */
  readonly name: string;
  /** The file that it is made of. */
  readonly file: string;
}

interface Written {
  readonly name: Buffer;
  readonly offset: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
}

/** Lengths are told after the bytes, so that nothing is read twice; names are UTF-8. */
const flags = 0x0808;
const most = 0xffffffff;
/** From here on lengths are told in 64 bits, which not every reader knows: packing may make a file a little longer. */
const large = 0xf0000000;

/** A zip file of the entries, in pieces: no file is held in memory. Level 0 stores. */
export async function* zipFiles(entries: readonly ZipEntry[], level: number): AsyncGenerator<Buffer> {
  const written: Written[] = [];
  let at = 0;
  for (const { name: text, file } of entries) {
    const name = Buffer.from(text);
    const wide = (await stat(file)).size >= large;
    const offset = at;
    const head = localHeader(name, level, wide);
    yield head;
    at += head.length;
    let crc = 0;
    let size = 0;
    let packed = 0;
    const content = createReadStream(file, { highWaterMark: 1024 * 1024 });
    const deflate = createDeflateRaw(level);
    content.on('data', (chunk: string | Buffer) => {
      const bytes = chunk as Buffer;
      crc = crc32(bytes, crc);
      size += bytes.length;
    });
    content.on('error', (error) => deflate.destroy(error));
    for await (const chunk of content.pipe(deflate) as AsyncIterable<Buffer>) {
      packed += chunk.length;
      yield chunk;
    }
    if (!wide && Math.max(size, packed) > most) throw new Error(`${file} grew while it was packed`);
    const descriptor = lengthsAfter(crc, packed, size, wide);
    yield descriptor;
    at += packed + descriptor.length;
    written.push({ name, offset, crc, packed, size });
  }
  const list = Buffer.concat(written.map((one) => directoryEntry(one, level)));
  yield Buffer.concat([list, end(written.length, list.length, at)]);
}

function localHeader(name: Buffer, level: number, wide: boolean): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  common(head, 4, level, wide);
  head.writeUInt16LE(name.length, 26);
  if (!wide) return Buffer.concat([head, name]);
  head.writeUInt32LE(most, 18);
  head.writeUInt32LE(most, 22);
  head.writeUInt16LE(20, 28);
  return Buffer.concat([head, name, wideField([0, 0])]);
}

function lengthsAfter(crc: number, packed: number, size: number, wide: boolean): Buffer {
  const descriptor = Buffer.alloc(wide ? 24 : 16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(crc, 4);
  if (wide) {
    descriptor.writeBigUInt64LE(BigInt(packed), 8);
    descriptor.writeBigUInt64LE(BigInt(size), 16);
  } else {
    descriptor.writeUInt32LE(packed, 8);
    descriptor.writeUInt32LE(size, 12);
  }
  return descriptor;
}

/** Version, flags, method; the date is the first that zip files can have. */
function common(head: Buffer, at: number, level: number, wide: boolean): void {
  head.writeUInt16LE(wide ? 45 : 20, at);
  head.writeUInt16LE(flags, at + 2);
  head.writeUInt16LE(level === 0 ? 0 : 8, at + 4);
  head.writeUInt16LE(0x21, at + 8);
}

function directoryEntry(one: Written, level: number): Buffer {
  const wide = [one.size, one.packed, one.offset].some((value) => value >= large);
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(0x0300 | (wide ? 45 : 20), 4);
  common(head, 6, level, wide);
  head.writeUInt32LE(one.crc, 16);
  head.writeUInt32LE(wide ? most : one.packed, 20);
  head.writeUInt32LE(wide ? most : one.size, 24);
  head.writeUInt16LE(one.name.length, 28);
  head.writeUInt32LE((0o100644 << 16) >>> 0, 38);
  head.writeUInt32LE(wide ? most : one.offset, 42);
  if (!wide) return Buffer.concat([head, one.name]);
  const extra = wideField([one.size, one.packed, one.offset]);
  head.writeUInt16LE(extra.length, 30);
  return Buffer.concat([head, one.name, extra]);
}

function wideField(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return field;
}

/** The end of the directory, before it the same in 64 bits where that is needed. */
function end(count: number, length: number, start: number): Buffer {
  const tail = Buffer.alloc(22);
  tail.writeUInt32LE(0x06054b50, 0);
  tail.writeUInt16LE(Math.min(count, 0xffff), 8);
  tail.writeUInt16LE(Math.min(count, 0xffff), 10);
  tail.writeUInt32LE(Math.min(length, most), 12);
  tail.writeUInt32LE(Math.min(start, most), 16);
  if (count < 0xffff && start + length < large) return tail;
  const wide = Buffer.alloc(76);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeUInt16LE(45, 12);
  wide.writeUInt16LE(45, 14);
  wide.writeBigUInt64LE(BigInt(count), 24);
  wide.writeBigUInt64LE(BigInt(count), 32);
  wide.writeBigUInt64LE(BigInt(length), 40);
  wide.writeBigUInt64LE(BigInt(start), 48);
  wide.writeUInt32LE(0x07064b50, 56);
  wide.writeBigUInt64LE(BigInt(start + length), 64);
  wide.writeUInt32LE(1, 72);
  return Buffer.concat([wide, tail]);
}
