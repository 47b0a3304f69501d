export interface Beginning {
  readonly start: Buffer;
  /** What is still to come; undefined where that was all. */
  readonly rest: AsyncIterable<Uint8Array> | undefined;
}

/** Reads a stream to its end where it is no longer than so many bytes, else a little more than that. */
export async function beginning(stream: AsyncIterable<Uint8Array>, most: number): Promise<Beginning> {
  const chunks: Uint8Array[] = [];
  const iterator = stream[Symbol.asyncIterator]();
  let length = 0;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length > most) return { start: Buffer.concat(chunks), rest: { [Symbol.asyncIterator]: () => iterator } };
  }
  return { start: Buffer.concat(chunks), rest: undefined };
}

/** The whole stream again. */
export async function* whole({ start, rest }: Beginning): AsyncGenerator<Uint8Array> {
  yield start;
  if (rest !== undefined) yield* rest;
}
