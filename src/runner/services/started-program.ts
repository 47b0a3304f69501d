import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunUser } from './run-user.ts';
import type { ProgramCall } from './service-program.ts';

/** Where a service's programs run, and as whom. */
export interface Place {
  readonly folder: string;
  readonly user: RunUser | undefined;
  readonly env: Readonly<Record<string, string>>;
}

export interface StartedProgram {
  readonly ended: () => boolean;
  /** The last lines of its output. */
  readonly printed: () => readonly string[];
  /** Its exit code. */
  readonly done: Promise<number>;
  end(): Promise<void>;
}

let count = 0;

/** Starts a program as a process group of its own. */
export function start(call: ProgramCall, { folder, user, env }: Place): StartedProgram {
  count += 1;
  const logFile = join(folder, `output-${count}`);
  const log = openSync(logFile, 'a', 0o600);
  const child: ChildProcess = spawn(call.file, [...call.args], {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', log, log],
    ...user,
  });
  closeSync(log);
  let over = false;
  const done = new Promise<number>((resolve) => {
    const finish = (code: number): void => {
      over = true;
      resolve(code);
    };
    child.once('error', () => finish(127));
    child.once('exit', (code) => finish(code ?? 1));
  });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  return {
    done,
    ended: () => over,
    printed: () =>
      readFileSync(logFile, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .slice(-200),
    end: async () => {
      signal('SIGTERM');
      if (!over) await Promise.race([done, delay(3000)]);
      signal('SIGKILL');
      await done;
    },
  };
}

/** @throws Error with its last output where it fails */
export async function toEnd(call: ProgramCall, place: Place, signal: AbortSignal): Promise<void> {
  const started = start(call, place);
  const abort = (): void => void started.end();
  signal.addEventListener('abort', abort, { once: true });
  const code = await started.done;
  signal.removeEventListener('abort', abort);
  if (code !== 0)
    throw new Error(`${call.file} failed with exit code ${code}: ${started.printed().slice(-5).join('\n')}`);
}
