import { type Duplex, PassThrough } from 'node:stream';
import { createDeflateRaw as deflate } from 'node:zlib';

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

/** Zip's check sum, over what came before. */
export function crc32(bytes: Uint8Array, before: number): number {
  let value = before ^ 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) value = (value >>> 8) ^ (table[(value ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return (value ^ 0xffffffff) >>> 0;
}

/** Packs, or with level 0 passes on. */
export function createDeflateRaw(level: number): Duplex {
  return level === 0 ? new PassThrough() : deflate({ level });
}
