import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Forge } from '../forge.ts';

/** Bytes of artifacts and caches on disk: `<folder>/blobs/<name>`, and while they come in blocks, `<name>.parts/`. */
export class BlobStore {
  readonly #folder: string;

  constructor(forge: Pick<Forge, 'folder'>) {
    this.#folder = join(forge.folder, 'blobs');
  }

  /** The whole of it at once. */
  async write(name: string, content: Readable): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await this.#save(this.#path(name), content);
  }

  async writeBlock(name: string, blockId: string, content: Readable): Promise<void> {
    await mkdir(this.#parts(name), { recursive: true });
    await this.#save(this.#part(name, blockId), content);
  }

  /** Puts the blocks together in this order. @returns false where one of them is missing */
  async commit(name: string, blockIds: readonly string[]): Promise<boolean> {
    const parts = blockIds.map((id) => this.#part(name, id));
    for (const part of parts) if ((await sizeOf(part)) === undefined) return false;
    const whole = `${this.#path(name)}.whole`;
    await mkdir(this.#folder, { recursive: true });
    const out = createWriteStream(whole, { mode: 0o600 });
    if (parts.length === 0) out.end();
    for (const [index, part] of parts.entries()) {
      await pipeline(createReadStream(part), out, { end: index === parts.length - 1 });
    }
    if (parts.length === 0) await new Promise<void>((done) => out.once('finish', done));
    await rename(whole, this.#path(name));
    await rm(this.#parts(name), { recursive: true, force: true });
    return true;
  }

  size(name: string): Promise<number | undefined> {
    return sizeOf(this.#path(name));
  }

  read(name: string, range?: { readonly start: number; readonly end: number }): Readable {
    return createReadStream(this.#path(name), range);
  }

  async digest(name: string): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(this.read(name), hash);
    return `sha256:${hash.digest('hex')}`;
  }

  async remove(name: string): Promise<void> {
    await rm(this.#path(name), { force: true });
    await rm(this.#parts(name), { recursive: true, force: true });
  }

  async #save(path: string, content: Readable): Promise<void> {
    await pipeline(content, createWriteStream(`${path}.coming`, { mode: 0o600 }));
    await rename(`${path}.coming`, path);
  }

  /** Names are the forge's own, from `signed-url.ts`. */
  #path(name: string): string {
    if (!/^[0-9a-f]{32}$/.test(name)) throw new Error(`"${name}" names no blob`);
    return join(this.#folder, name);
  }

  #parts(name: string): string {
    return `${this.#path(name)}.parts`;
  }

  /** Block ids are the client's and may hold anything. */
  #part(name: string, blockId: string): string {
    return join(this.#parts(name), createHash('sha256').update(blockId).digest('hex'));
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}
