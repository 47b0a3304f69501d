import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { TrunklineError } from '../errors.ts';
import { spawnGit } from './git.ts';

interface Wanted {
  readonly resolve: (content: Buffer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads objects of a repository through one `git cat-file --batch`, however many are asked for. Close it in the end. */
export class ObjectBatch {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #wanted: Wanted[] = [];
  #next = 0;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes that the answer under way takes with its line break; undefined while its first line is awaited. */
  #due: number | undefined;
  #failed: unknown;
  #stderr = '';
  /** Bytes of content answered so far. */
  bytes = 0;

  constructor(folder: string) {
    this.#child = spawnGit(['cat-file', '--batch'], { cwd: folder });
    this.#child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.#child.stdin.on('error', () => {});
    this.#child.on('error', (error) => this.#fail(new TrunklineError('GIT_MISSING', `git: ${error.message}`)));
    this.#child.on('close', () =>
      this.#fail(new TrunklineError('GIT_FAILED', `git cat-file --batch: ${this.#stderr.trim() || 'ended early'}`)),
    );
  }

  /** Contents by object name (an oid, or `commit:path`), in the order asked; undefined for what is not there. */
  read(names: readonly string[]): Promise<(Buffer | undefined)[]> {
    if (names.length === 0) return Promise.resolve([]);
    const odd = names.find((name) => name.includes('\n'));
    if (odd !== undefined) throw new Error(`an object name has a line break: ${JSON.stringify(odd)}`);
    const answers = names.map(
      () => new Promise<Buffer | undefined>((resolve, reject) => this.#wanted.push({ resolve, reject })),
    );
    if (this.#failed === undefined) this.#child.stdin.write(`${names.join('\n')}\n`);
    else this.#fail(this.#failed);
    return Promise.all(answers);
  }

  close(): void {
    this.#child.stdin.end();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // Contents that come in many pieces are put together once.
    if (this.#due !== undefined && this.#held < this.#due) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      if (this.#due === undefined) {
        const end = rest.indexOf(10);
        if (end === -1) break;
        const words = rest.toString('utf8', 0, end).split(' ');
        rest = rest.subarray(end + 1);
        const size = /^[0-9a-f]{40,64}$/.test(words[0] ?? '') && words.length === 3 ? Number(words[2]) : undefined;
        if (size === undefined) this.#answer(undefined);
        else this.#due = size + 1;
      } else {
        if (rest.length < this.#due) break;
        this.bytes += this.#due - 1;
        this.#answer(rest.subarray(0, this.#due - 1));
        rest = rest.subarray(this.#due);
        this.#due = undefined;
      }
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
  }

  #answer(content: Buffer | undefined): void {
    this.#wanted[this.#next]?.resolve(content);
    this.#next += 1;
    if (this.#next === this.#wanted.length) {
      this.#wanted.length = 0;
      this.#next = 0;
    }
  }

  #fail(error: unknown): void {
    this.#failed = error;
    for (const wanted of this.#wanted.slice(this.#next)) wanted.reject(error);
    this.#wanted.length = 0;
    this.#next = 0;
  }
}
