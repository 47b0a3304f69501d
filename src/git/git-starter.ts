import { type ChildProcess, spawn } from 'node:child_process';

export interface StartedGit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

interface Request {
  readonly id: number;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly input: string | Uint8Array | undefined;
  /** Bytes of output that are kept; more than that ends it, and is an error of the code TOO_LONG. */
  readonly most?: number;
}

type Answer = ({ readonly id: number } & StartedGit) | { readonly id: number; readonly error: string; code?: string };

interface Waiting {
  /** Who was asked: one that was left idle may end while another is at work. */
  readonly helper: ChildProcess;
  readonly resolve: (output: StartedGit) => void;
  readonly reject: (error: NodeJS.ErrnoException) => void;
}

/** The code of the error for an output that is longer than it may be. */
export const tooLong = 'TOO_LONG';

/** Milliseconds after which a helper that nobody asks is ended. */
const patience = 10_000;

/**
 * Runs git from a small process beside this one. A fork copies the page tables of whoever forks: in a process of
 * 200 MB that takes milliseconds in which nothing else happens. The helper ends with whoever started it.
 */
export class GitStarter {
  readonly #waiting = new Map<number, Waiting>();
  #helper: ChildProcess | undefined;
  #nextId = 0;
  #idle: NodeJS.Timeout | undefined;

  /** Starts the process beside now: a first git then need not wait for it. */
  open(): void {
    this.#helper ??= this.#start();
    this.#rest();
  }

  /** Runs git to its end, whatever its exit code. @throws what spawn says: ENOENT, E2BIG; TOO_LONG */
  run(request: Omit<Request, 'id'>, signal: AbortSignal | undefined): Promise<StartedGit> {
    clearTimeout(this.#idle);
    this.#helper ??= this.#start();
    const helper = this.#helper;
    this.#nextId += 1;
    const id = this.#nextId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { helper, resolve, reject });
      helper.ref();
      helper.channel?.ref();
      helper.send({ id, ...request }, (error) => {
        if (error !== null) this.#take({ id, error: error.message });
      });
      signal?.addEventListener('abort', () => helper.connected && helper.send({ id, end: true }), { once: true });
    });
  }

  end(): void {
    clearTimeout(this.#idle);
    if (this.#helper?.connected === true) this.#helper.disconnect();
    this.#helper = undefined;
  }

  #start(): ChildProcess {
    const helper = spawn(process.execPath, ['--max-old-space-size=256', '-e', `(${serve.toString()})(require)`], {
      env: {},
      // Not in the terminal's group: Ctrl-C is for us to pass on.
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    helper.on('message', (answer) => this.#take(answer as Answer));
    helper.on('error', () => undefined);
    helper.once('exit', () => {
      if (this.#helper === helper) this.#helper = undefined;
      for (const [id, one] of this.#waiting)
        if (one.helper === helper) this.#take({ id, error: 'the process that starts git has ended' });
    });
    return helper;
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting.reject(Object.assign(new Error(answer.error), { code: answer.code }));
    else waiting.resolve(answer);
    if (this.#waiting.size === 0) this.#rest();
  }

  /** Nothing is kept up by it, and it ends when nobody asks. */
  #rest(): void {
    clearTimeout(this.#idle);
    this.#helper?.unref();
    this.#helper?.channel?.unref();
    this.#idle = setTimeout(() => this.end(), patience);
    this.#idle.unref();
  }
}

/** The process beside: runs from its source text, so it sees nothing but its argument. */
function serve(require: (name: string) => unknown): void {
  const { spawn: start } = require('node:child_process') as typeof import('node:child_process');
  const running = new Map<number, ChildProcess>();
  const send = (answer: Answer): void => {
    if (process.connected) process.send?.(answer);
  };
  process.on('disconnect', () => process.exit());
  process.on('message', (message) => {
    const { id, args, cwd, env, input, most, end } = message as Request & { end?: true };
    if (end === true) {
      running.get(id)?.kill();
      return;
    }
    const child = start('git', args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    running.set(id, child);
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let length = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (most === undefined || length <= most) stdout.push(chunk);
      else if (running.delete(id)) {
        child.kill('SIGKILL');
        send({ id, error: 'more output than is kept', code: 'TOO_LONG' });
      }
    });
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A git that stops reading early says why by its exit code.
    child.stdin.on('error', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      running.delete(id);
      send({ id, error: error.message, ...(error.code === undefined ? {} : { code: error.code }) });
    });
    child.on('close', (code, signal) => {
      if (running.delete(id)) send({ id, code, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) });
    });
    child.stdin.end(input);
  });
}
