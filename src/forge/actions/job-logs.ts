import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDiskFull } from '../disk-full.ts';
import type { Forge } from '../forge.ts';
import { logPath } from './log-path.ts';

const flushBytes = 64 * 1024;
const flushMs = 250;
/** What a job may print while the disk is full; what comes after it is lost. */
const heldBytes = 16 * 1024 * 1024;

/** Job logs on their way to disk: held in memory up to 64 KiB a job and a quarter of a second, longer on a full disk. */
export class JobLogs {
  readonly #forge: Forge;
  readonly #waiting = new Map<number, { parts: string[]; size: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(forge: Forge) {
    this.#forge = forge;
  }

  append(jobId: number, text: string): void {
    const held = this.#waiting.get(jobId) ?? { parts: [], size: 0 };
    if (held.size > heldBytes) return;
    held.parts.push(text);
    held.size += text.length;
    this.#waiting.set(jobId, held);
    if (held.size >= flushBytes && held.size - text.length < flushBytes) this.flush(jobId);
    else this.#later();
  }

  /** Writes one job's text out; what it threw away with its job (unknown id) is gone. */
  flush(jobId: number): void {
    const held = this.#waiting.get(jobId);
    const job = this.#forge.store.jobs.get(jobId);
    this.#waiting.delete(jobId);
    if (held === undefined || job === undefined) return;
    const path = logPath(this.#forge, job);
    try {
      mkdirSync(dirname(path), { recursive: true });
      appendWhole(path, held.parts.join(''));
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      this.#waiting.set(jobId, held);
      this.#later();
    }
  }

  close(): void {
    this.#flushAll();
  }

  #later(): void {
    this.#timer ??= setTimeout(() => this.#flushAll(), flushMs).unref();
  }

  #flushAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const jobId of [...this.#waiting.keys()]) this.flush(jobId);
  }
}

/** All of the text, or none of it. */
function appendWhole(path: string, text: string): void {
  const fd = openSync(path, 'a');
  try {
    const { size } = fstatSync(fd);
    try {
      writeFileSync(fd, text);
    } catch (error) {
      if (fstatSync(fd).size > size) ftruncateSync(fd, size);
      throw error;
    }
  } finally {
    closeSync(fd);
  }
}
