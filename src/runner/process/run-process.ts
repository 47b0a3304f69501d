import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay, setImmediate as immediate } from 'node:timers/promises';
import type { Programs } from './programs.ts';
import { readLines } from './read-lines.ts';

export interface ProcessRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whole lines without their line feed, some at a time, standard output and standard error as they come. */
  readonly onLines: (lines: readonly string[]) => void;
  /** Aborting it ends the whole process group: SIGINT, then SIGTERM, then SIGKILL. */
  readonly signal: AbortSignal;
  readonly grace: Grace;
  /** Aborting it ends the process group at once. */
  readonly kill?: AbortSignal;
  /** For programs that may open /dev/stdout by its path; without it the output is a socket. */
  readonly programs?: Programs;
}

/** Milliseconds a process gets after SIGINT and after SIGTERM. */
export interface Grace {
  readonly interrupt: number;
  readonly terminate: number;
}

/** actions/runner, ProcessInvoker.cs */
export const githubGrace: Grace = { interrupt: 7500, terminate: 2500 };

export interface ProcessResult {
  /** 128 and the signal's number for a process that a signal ended, as shells count. */
  readonly exitCode: number;
  readonly aborted: boolean;
}

/** After the process has gone, its children may hold its output open; this long they may be silent. */
const silence = 60;
const patience = 5000;

/**
 * Runs a program in a process group of its own and hands on what it prints, line by line. Resolves when the program
 * has ended and its output was read; children that it left behind live on until the job's end.
 * @throws what spawn throws: ENOENT, EACCES, E2BIG
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  if (request.signal.aborted) return { exitCode: 130, aborted: true };
  const { pid, exited, streams } = await startProgram(request);
  exited.catch(() => undefined);
  let last = 0;
  let done = false;
  const seen = (): void => {
    last = performance.now();
  };
  const hand = (lines: readonly string[]): void => {
    if (!done) request.onLines(lines);
  };
  const outputs = Promise.all(streams.map((stream) => readLines(stream, hand, seen)));
  let aborted = false;
  const stop = (): void => {
    aborted = true;
    if (pid !== undefined) endGroup(pid, exited, request.grace).catch(() => undefined);
  };
  const kill = (): void => {
    aborted = true;
    if (pid !== undefined) signalGroup(pid, 'SIGKILL');
  };
  request.signal.addEventListener('abort', stop, { once: true });
  request.kill?.addEventListener('abort', kill, { once: true });
  if (request.signal.aborted) stop();
  if (request.kill?.aborted === true) kill();
  try {
    const exitCode = await exited;
    const left = outputs.then(() => true);
    const deadline = performance.now() + patience;
    seen();
    while (!(await Promise.race([left, delay(silence, false)]))) {
      // Where everything was late, what is there to be read comes only after the timer.
      await immediate();
      await immediate();
      const now = performance.now();
      if (now > deadline || now - last >= silence) break;
    }
    if (aborted && pid !== undefined) signalGroup(pid, 'SIGKILL');
    return { exitCode, aborted };
  } finally {
    // What children left behind print later is read, so that they do not block, and belongs to no step.
    done = true;
    request.signal.removeEventListener('abort', stop);
    request.kill?.removeEventListener('abort', kill);
  }
}

interface Started {
  readonly pid: number | undefined;
  readonly exited: Promise<number>;
  readonly streams: readonly Readable[];
}

async function startProgram({ programs, ...request }: ProcessRequest): Promise<Started> {
  const pipes = await programs?.pipes.take().catch(() => undefined);
  if (programs === undefined || pipes === undefined) return startHere(request);
  try {
    const { pid, exited } = await programs.starter.start({
      file: request.file,
      args: request.args,
      cwd: request.cwd,
      env: request.env,
      outputs: [pipes[0].path, pipes[1].path],
    });
    return {
      pid,
      exited: exited.then(({ code, signal }) => code ?? signalExitCode(signal)),
      streams: pipes.map((pipe) => pipe.read()),
    };
  } catch (error) {
    for (const pipe of pipes) pipe.read().resume();
    throw error;
  }
}

function startHere(request: ProcessRequest): Started {
  const child = spawn(request.file, request.args, {
    cwd: request.cwd,
    env: request.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signalExitCode(signal)));
  });
  return { pid: child.pid, exited, streams: [child.stdout, child.stderr] };
}

async function endGroup(pid: number, exited: Promise<unknown>, grace: Grace): Promise<void> {
  // A timer left behind would keep a lab that has ended everything up for seconds.
  const over = new AbortController();
  const gone = exited.then(
    () => true,
    () => true,
  );
  const goneWithin = (ms: number): Promise<boolean> =>
    Promise.race([gone, delay(ms, false, { signal: over.signal }).catch(() => true)]);
  try {
    signalGroup(pid, 'SIGINT');
    if (await goneWithin(grace.interrupt)) return;
    signalGroup(pid, 'SIGTERM');
    if (await goneWithin(grace.terminate)) return;
    signalGroup(pid, 'SIGKILL');
  } finally {
    over.abort();
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

function signalExitCode(signal: NodeJS.Signals | null): number {
  const numbers: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9 };
  return signal === null ? 1 : 128 + (numbers[signal] ?? (signal === 'SIGSEGV' ? 11 : 15));
}
