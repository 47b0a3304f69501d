import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Forge } from '../forge.ts';
import { logPath } from './log-path.ts';

const flushBytes = 64 * 1024;
const flushMs = 250;

/** Job logs on their way to disk: held in memory up to 64 KiB a job and a quarter of a second. */
export class JobLogs {
  readonly #forge: Forge;
  readonly #waiting = new Map<number, { parts: string[]; size: number }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(forge: Forge) {
    this.#forge = forge;
  }

  append(jobId: number, text: string): void {
    const held = this.#waiting.get(jobId) ?? { parts: [], size: 0 };
    held.parts.push(text);
    held.size += text.length;
    this.#waiting.set(jobId, held);
    if (held.size >= flushBytes) this.flush(jobId);
    else this.#timer ??= setTimeout(() => this.#flushAll(), flushMs).unref();
  }

  /** Writes one job's text out; what it threw away with its job (unknown id) is gone. */
  flush(jobId: number): void {
    const held = this.#waiting.get(jobId);
    const job = this.#forge.store.jobs.get(jobId);
    this.#waiting.delete(jobId);
    if (held === undefined || job === undefined) return;
    const path = logPath(this.#forge, job);
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, held.parts.join(''));
  }

  close(): void {
    this.#flushAll();
  }

  #flushAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const jobId of [...this.#waiting.keys()]) this.flush(jobId);
  }
}
