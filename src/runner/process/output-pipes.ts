import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

/** One program's standard output or standard error. */
export interface OutputPipe {
  /** To be opened for writing by whoever starts the program. */
  readonly path: string;
  /** To be called once it is: before that the output would seem ended. */
  read(): Readable;
}

/**
 * Real pipes. What Node gives a child are sockets, and those cannot be opened by path: `tee /dev/stderr` and
 * `> /dev/stdout` would fail. A name that every writer has left serves again.
 */
export class OutputPipes {
  readonly #folder: string;
  #free: string[] = [];
  #making: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Standard output and standard error for one program. @throws where named pipes cannot be made */
  async take(): Promise<readonly [OutputPipe, OutputPipe]> {
    const [first, second] = [await this.#name(), await this.#name()];
    return [this.#open(first), this.#open(second)];
  }

  async #name(): Promise<string> {
    for (;;) {
      const name = this.#free.pop();
      if (name !== undefined) return name;
      this.#making ??= this.#make().finally(() => {
        this.#making = undefined;
      });
      await this.#making;
    }
  }

  async #make(): Promise<void> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const names = Array.from({ length: 8 }, () => join(this.#folder, randomUUID()));
    await promisify(execFile)('mkfifo', ['-m', '600', ...names]);
    this.#free.push(...names);
  }

  #open(path: string): OutputPipe {
    // The reading end first: opening the writing end would wait for one.
    const end = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return {
      path,
      read: () => {
        const output = new Socket({ fd: end, readable: true, writable: false });
        output.once('end', () => this.#free.push(path));
        // Left while somebody still writes: whoever comes next must not read that.
        output.once('close', () => {
          if (!output.readableEnded) rmSync(path, { force: true });
        });
        return output;
      },
    };
  }
}
