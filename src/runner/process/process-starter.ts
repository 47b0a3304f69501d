import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { removal, removeFolder } from './remove-folder.ts';

export interface StartRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Named pipes for standard output and standard error; somebody has their other ends open. */
  readonly outputs: readonly [string, string];
}

export interface StartedProcess {
  /** Leads a process group of its own. */
  readonly pid: number;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

type Asked = StartRequest & { readonly id: number; readonly remove?: string; readonly removal?: typeof removal };

type Answer =
  | { id: number; pid: number }
  | { id: number; code: number | null; signal: NodeJS.Signals | null }
  | { id: number; error: string };

interface Waiting {
  readonly started: (pid: number) => void;
  readonly exited: (end: { code: number | null; signal: NodeJS.Signals | null }) => void;
  readonly failed: (error: Error) => void;
}

/**
 * Starts programs from a small process beside this one. A fork copies the page tables of whoever forks: in a lab of
 * 200 MB that takes some 10 ms, in which nothing else happens here.
 */
export class ProcessStarter {
  readonly #waiting = new Map<number, Waiting>();
  #helper: ChildProcess | undefined;
  #nextId = 0;
  #closed = false;

  /** @throws what spawn says: ENOENT, EACCES, E2BIG */
  start(request: StartRequest): Promise<StartedProcess> {
    this.#helper ??= this.#start();
    const helper = this.#helper;
    this.#nextId += 1;
    const id = this.#nextId;
    return new Promise((resolve, reject) => {
      let exited: Waiting['exited'] = () => undefined;
      let failed: Waiting['failed'] = reject;
      this.#waiting.set(id, {
        started: (pid) => {
          const end = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done, lost) => {
            exited = done;
            failed = lost;
          });
          end.catch(() => undefined);
          resolve({ pid, exited: end });
        },
        exited: (end) => exited(end),
        failed: (error) => failed(error),
      });
      helper.send({ id, ...request }, (error) => {
        if (error !== null) this.#take({ id, error: error.message });
      });
    });
  }

  /** Starts the process beside now: a first program then need not wait for it. */
  open(): void {
    this.#helper ??= this.#start();
  }

  /** Removes a folder and all in it beside this process, where it keeps nobody waiting. */
  async remove(folder: string): Promise<void> {
    if (this.#helper?.connected !== true) return removeFolder(folder);
    const helper = this.#helper;
    this.#nextId += 1;
    const id = this.#nextId;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(id, { started: () => undefined, exited: () => resolve(), failed: reject });
      helper.send({ id, remove: folder, removal }, (error) => {
        if (error !== null) this.#take({ id, error: error.message });
      });
    }).catch(() => removeFolder(folder));
  }

  /** Ends the process beside, and the process groups of programs that still run. */
  async close(): Promise<void> {
    this.#closed = true;
    const helper = this.#helper;
    if (helper?.connected !== true) return;
    await new Promise((resolve) => {
      helper.once('exit', resolve);
      helper.disconnect();
    });
  }

  #start(): ChildProcess {
    if (this.#closed) throw new Error('The runner has stopped');
    const helper = spawn(process.execPath, ['--max-old-space-size=64', '-e', `(${serve.toString()})(require)`], {
      env: {},
      // Not in the terminal's group: Ctrl-C is for us to pass on.
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    helper.on('message', (answer) => this.#take(answer as Answer));
    helper.on('error', () => undefined);
    // Before whoever looks for what is left: a program that was asked for and has not started yet would be missed.
    const endAtOnce = (): void => killAndWait(helper);
    process.prependOnceListener('exit', endAtOnce);
    helper.once('exit', () => {
      process.off('exit', endAtOnce);
      if (this.#helper === helper) this.#helper = undefined;
      for (const id of this.#waiting.keys()) this.#take({ id, error: 'The process that starts programs has ended' });
    });
    helper.unref();
    helper.channel?.unref();
    return helper;
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    if ('pid' in answer) {
      waiting.started(answer.pid);
      return;
    }
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting.failed(new Error(answer.error));
    else waiting.exited({ code: answer.code, signal: answer.signal });
  }
}

/** Blocks until the process can start nothing more: it has ended, or waits for us to take note of it. */
function killAndWait(helper: ChildProcess): void {
  helper.kill('SIGKILL');
  const deadline = performance.now() + 1000;
  while (performance.now() < deadline) {
    try {
      // proc(5): `pid (name) state …`
      const state = readFileSync(`/proc/${helper.pid}/stat`, 'latin1').split(') ').at(-1)?.[0];
      if (state === 'Z' || state === 'X') return;
    } catch {
      return;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  }
}

/** The process beside: runs from its source text, so it sees nothing but its argument. Ends with who started it. */
function serve(require: (name: string) => unknown): void {
  const { spawn: start } = require('node:child_process') as typeof import('node:child_process');
  const { openSync, closeSync, rm: removeAll } = require('node:fs') as typeof import('node:fs');
  const groups = new Set<number>();
  const send = (answer: Answer): void => {
    if (process.connected) process.send?.(answer);
  };
  process.on('disconnect', () => {
    for (const pid of groups) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // The group is gone already.
      }
    }
    process.exit();
  });
  process.on('message', (message) => {
    const { id, file, args, cwd, env, outputs, remove, removal: how } = message as Asked;
    if (remove !== undefined) {
      removeAll(remove, how ?? {}, (error) =>
        send(error ? { id, error: error.message } : { id, code: 0, signal: null }),
      );
      return;
    }
    const files: number[] = [];
    try {
      for (const path of outputs) {
        // Whoever reads may be gone: a pipe that is open for reading here does not wait for them.
        const held = openSync(path, 'r+');
        files.push(openSync(path, 'w'));
        closeSync(held);
      }
      const child = start(file, args, { cwd, env, detached: true, stdio: ['ignore', ...files] });
      child.once('error', (error) => send({ id, error: error.message }));
      const { pid } = child;
      child.once('exit', (code, signal) => {
        if (pid !== undefined) groups.delete(pid);
        send({ id, code, signal });
      });
      if (pid !== undefined) {
        groups.add(pid);
        send({ id, pid });
      }
    } catch (error) {
      send({ id, error: error instanceof Error ? error.message : String(error) });
    } finally {
      for (const each of files) closeSync(each);
    }
  });
}
