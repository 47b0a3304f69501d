import type { ByteReader } from './byte-reader.ts';

/** The longest packet git allows, its four digits of length included. */
const longest = 65520;

export class MalformedPacket extends Error {
  override readonly name = 'MalformedPacket';
}

/**
 * The next packet's payload, `flush` for `0000`, `delimiter` for `0001`, undefined at the end (gitprotocol-v2).
 * @throws MalformedPacket, UnexpectedEnd
 */
export async function readPacket(reader: ByteReader): Promise<Buffer | 'flush' | 'delimiter' | undefined> {
  const digits = (await reader.read(4))?.toString('latin1');
  if (digits === undefined) return undefined;
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new MalformedPacket('bad line length character');
  const length = Number.parseInt(digits, 16);
  if (length === 0) return 'flush';
  if (length === 1) return 'delimiter';
  if (length < 4 || length > longest) throw new MalformedPacket(`bad line length ${length}`);
  if (length === 4) return Buffer.alloc(0);
  const payload = await reader.read(length - 4);
  if (payload === undefined) throw new MalformedPacket('the request ends within a packet');
  return payload;
}

export function packet(payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

export const flushPacket = Buffer.from('0000');
export const delimiterPacket = Buffer.from('0001');

/** Text for one band of side-band-64k: 1 carries the report, 2 what the client prints after `remote: `. */
export function sideBand(band: 1 | 2, payload: Uint8Array): Buffer {
  const size = longest - 5;
  const parts: Buffer[] = [];
  for (let at = 0; at < payload.length; at += size) {
    parts.push(packet(Buffer.concat([Buffer.from([band]), payload.subarray(at, at + size)])));
  }
  return Buffer.concat(parts);
}
