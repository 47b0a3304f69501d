import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';

/** As a stream; a fetch that reads answers whole has none. */
export async function bodyOf(response: Response): Promise<Readable> {
  if (response.body instanceof ReadableStream) return Readable.fromWeb(response.body as WebStream);
  return Readable.from([Buffer.from(await response.arrayBuffer())]);
}
