import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { TrunklineError } from '../../errors.ts';
import { spawnGit } from '../../git/git.ts';
import { repositoryGit } from './repository-folder.ts';
import { SettledAnswers } from './settled-answers.ts';

export interface ObjectInfo {
  readonly sha: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
}

export interface GitObject extends ObjectInfo {
  readonly bytes: Buffer;
}

interface Question {
  readonly name: string;
  readonly contents: boolean;
  readonly resolve: (answer: GitObject | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** Milliseconds after which a reader that nobody asks ends its process. */
const patience = 5_000;

/**
 * One `git cat-file --batch-command` that answers question after question: starting a process for each would cost
 * more than all else a forge does. It ends by itself when nobody asks, and with its parent, whose pipe it reads.
 */
class ObjectReader {
  readonly #folder: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  #waiting: Question[] = [];
  #received: Buffer[] = [];
  #length = 0;
  /** Bytes that must have come before it is worth looking again. */
  #wanted = 1;
  #idle: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What a name stands for (`<sha>`, `<sha>^{commit}`, `<sha>:<path>`); undefined where there is nothing. */
  ask(name: string, contents: boolean): Promise<GitObject | undefined> {
    // The protocol is a line each way: such a name cannot be asked for, nor be a revision.
    if (/[\n\0]/.test(name)) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => this.#send({ name, contents, resolve, reject }));
  }

  #send(question: Question): void {
    this.#waiting.push(question);
    this.#start().stdin.write(`${question.contents ? 'contents' : 'info'} ${question.name}\n`);
  }

  end(): void {
    clearTimeout(this.#idle);
    this.#child?.stdin.end();
    this.#child = undefined;
  }

  #start(): ChildProcessWithoutNullStreams {
    clearTimeout(this.#idle);
    if (this.#child !== undefined) return this.#child;
    const child = spawnGit(['cat-file', '--batch-command'], repositoryGit(this.#folder));
    this.#child = child;
    endWithUs(child);
    child.stderr.resume();
    child.stdin.on('error', () => {});
    child.stdout.on('data', (chunk: Buffer) => {
      this.#received.push(chunk);
      this.#length += chunk.length;
      if (this.#length >= this.#wanted) this.#answer();
    });
    const ended = (): readonly Question[] => {
      this.#forget(child);
      const left = this.#waiting;
      this.#waiting = [];
      this.#received = [];
      this.#length = 0;
      this.#wanted = 1;
      return left;
    };
    const failed = (reason: string, left: readonly Question[]): void => {
      for (const question of left)
        question.reject(new TrunklineError('GIT_FAILED', `git cat-file in ${this.#folder}: ${reason}`));
    };
    child.on('error', (error) => failed(error.message, ended()));
    child.on('close', (code) => {
      // One that was let go answered all it was asked; what waits now waits for its successor.
      const succeeded = this.#child !== undefined && this.#child !== child;
      if (succeeded || this.#waiting.length === 0) return this.#forget(child);
      const [first, ...others] = ended();
      if (code === null) return failed('it was ended', first === undefined ? [] : [first, ...others]);
      // git dies of names like `main:../x`: nothing is there, and nobody else need suffer for the question.
      first?.resolve(undefined);
      for (const question of others) this.#send(question);
    });
    return child;
  }

  #forget(child: ChildProcessWithoutNullStreams): void {
    if (this.#child === child) this.#child = undefined;
  }

  #answer(): void {
    let bytes = this.#received.length === 1 ? (this.#received[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#received);
    this.#wanted = 1;
    for (let question = this.#waiting[0]; question !== undefined; question = this.#waiting[0]) {
      const end = bytes.indexOf(10);
      if (end === -1) break;
      const [sha = '', type = '', size = ''] = bytes.toString('utf8', 0, end).split(' ');
      const found = /^[0-9a-f]{40}$/.test(sha) && /^\d+$/.test(size);
      const length = found && question.contents ? Number(size) + 1 : 0;
      if (bytes.length < end + 1 + length) {
        this.#wanted = end + 1 + length;
        break;
      }
      this.#waiting.shift();
      const content = Buffer.from(bytes.subarray(end + 1, end + 1 + Math.max(0, length - 1)));
      bytes = bytes.subarray(end + 1 + length);
      question.resolve(found ? { sha, type, size: Number(size), bytes: content } : undefined);
    }
    this.#received = bytes.length === 0 ? [] : [bytes];
    this.#length = bytes.length;
    if (this.#waiting.length > 0) return;
    this.#idle = setTimeout(() => this.end(), patience);
    this.#idle.unref();
  }
}

/** What is at work now. A forge has many repositories, and one listener for all of them. */
const children = new Set<ChildProcessWithoutNullStreams>();
const killAll = (): void => {
  for (const child of children) child.kill('SIGKILL');
};

/** A process that is ended at once would leave it for the moment that it takes to notice. */
function endWithUs(child: ChildProcessWithoutNullStreams): void {
  if (children.size === 0) process.once('exit', killAll);
  children.add(child);
  child.once('close', () => {
    children.delete(child);
    if (children.size === 0) process.off('exit', killAll);
  });
}

/** By repository folder: two forges in one process have none in common. */
const readers = new Map<string, ObjectReader>();

function reader(folder: string): ObjectReader {
  let found = readers.get(folder);
  if (found === undefined) {
    found = new ObjectReader(folder);
    readers.set(folder, found);
  }
  return found;
}

/** What a name stands for, without its content. */
export function objectInfo(folder: string, name: string): Promise<ObjectInfo | undefined> {
  return ask(folder, name, false);
}

/** An object with its content, which is not to be written to. */
export function readObject(folder: string, name: string): Promise<GitObject | undefined> {
  return ask(folder, name, true);
}

/** Of names that begin with a full SHA: objects are never collected, so what was found once is there. */
const known = new SettledAnswers<GitObject>(16_000_000);

async function ask(folder: string, name: string, contents: boolean): Promise<GitObject | undefined> {
  const key = /^[0-9a-f]{40}/.test(name) ? `${folder}\0${contents}\0${name}` : undefined;
  const kept = key === undefined ? undefined : known.get(key);
  if (kept !== undefined) return kept;
  const found = await reader(folder).ask(name, contents);
  if (key !== undefined && found !== undefined) known.keep(key, found, found.bytes.length + 100);
  return found;
}

/** Ends the readers of all repositories below a folder. */
export function endObjectReaders(below: string): void {
  for (const [folder, found] of readers) {
    if (!folder.startsWith(below)) continue;
    found.end();
    readers.delete(folder);
  }
}
