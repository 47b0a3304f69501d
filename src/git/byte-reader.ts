/** Reads so many bytes at a time from a stream, and hands over what is left: nothing is held but the chunk at hand. */
export class ByteReader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array();
  private ended = false;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.chunks = stream[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes; undefined when the stream ends before the first of them. @throws when it ends within them. */
  async read(count: number): Promise<Buffer | undefined> {
    const parts: Uint8Array[] = [];
    for (let missing = count; missing > 0; ) {
      if (this.rest.length === 0 && !(await this.pull())) {
        if (missing === count) return undefined;
        throw new UnexpectedEnd('the request ends within a packet');
      }
      const part = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  /** Whether anything is left. */
  async more(): Promise<boolean> {
    return this.rest.length > 0 || (await this.pull());
  }

  async *remaining(): AsyncGenerator<Uint8Array> {
    while (await this.more()) {
      const chunk = this.rest;
      this.rest = new Uint8Array();
      yield chunk;
    }
  }

  private async pull(): Promise<boolean> {
    while (!this.ended && this.rest.length === 0) {
      const next = await this.chunks.next();
      if (next.done === true) this.ended = true;
      else this.rest = next.value;
    }
    return this.rest.length > 0;
  }
}

export class UnexpectedEnd extends Error {
  override readonly name = 'UnexpectedEnd';
}
