import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { TrunklineError } from '../../errors.ts';

/** `[collection, row]` puts, `[collection, id]` deletes, `['', sequence, value]` counts. */
export type Entry = readonly [string, { readonly id: number } | number] | readonly ['', string, number];

/** The file of transactions, a line each, written at once and never changed. */
export class Journal {
  private readonly fd: number;
  /** Bytes that hold whole transactions. */
  size: number;

  private constructor(fd: number, size: number) {
    this.fd = fd;
    this.size = size;
  }

  /**
   * Opens the file, hands its transactions over in order and cuts off a last line that was not written to its end.
   * @throws LAB_FAILED when any other line cannot be read: then the file was damaged, not torn.
   */
  static open(path: string, replay: (entries: readonly Entry[]) => void): Journal {
    const fd = openSync(path, 'a+', 0o600);
    try {
      const bytes = readFileSync(path);
      let at = 0;
      for (let line = 1; at < bytes.length; line += 1) {
        const end = bytes.indexOf(0x0a, at);
        if (end === -1) break;
        replay(parseLine(bytes.toString('utf8', at, end), path, line));
        at = end + 1;
      }
      if (at < bytes.length) ftruncateSync(fd, at);
      return new Journal(fd, at);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  /** After it returns, the transaction outlives this process. If it throws, the file is as it was. */
  append(entries: readonly Entry[]): void {
    const bytes = Buffer.from(`${JSON.stringify(entries)}\n`);
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.fd, bytes, written);
    } catch (error) {
      ftruncateSync(this.fd, this.size);
      throw new TrunklineError('LAB_FAILED', `the journal could not be written: ${String(error)}`, {
        hint: 'see whether the disk is full',
        cause: error,
      });
    }
    this.size += bytes.length;
  }

  /** Forgets all transactions: a snapshot holds them. */
  clear(): void {
    ftruncateSync(this.fd, 0);
    this.size = 0;
  }

  close(): void {
    if (this.size !== fstatSync(this.fd).size) ftruncateSync(this.fd, this.size);
    closeSync(this.fd);
  }
}

function parseLine(text: string, path: string, line: number): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(text);
    // What was written is what is read: lines are only ever made by `append`.
    if (Array.isArray(value)) return value as readonly Entry[];
  } catch {
    // Said below.
  }
  throw new TrunklineError('LAB_FAILED', `expected a transaction, found a damaged line`, {
    location: { file: path, line },
    hint: 'the folder of the lab was changed from outside; start with a new one',
  });
}
