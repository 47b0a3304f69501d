import { spawn } from 'node:child_process';

export interface ProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds after which it is ended. */
  readonly timeout: number;
  /**
   * Milliseconds after which what minds no SIGTERM is killed; 5 s unless said: GitHub's runner kills the whole job soon after.
   * Output that children hold which stay is waited for a fifth of it.
   */
  readonly grace?: number;
  readonly signal: AbortSignal;
  readonly out: (chunk: Buffer) => void;
  readonly err: (chunk: Buffer) => void;
}

/**
 * Runs a program in a process group of its own, which ends as a whole when it takes too long or the signal says so; children
 * that it leaves behind by itself stay. Answers its exit code, 1 for a signal, or `late`. Rejects where it cannot be started.
 */
export function runProcess(file: string, args: readonly string[], options: ProcessOptions): Promise<number | 'late'> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { grace = 5_000 } = options;
    const timers: NodeJS.Timeout[] = [];
    let ending = false;
    let late = false;
    const send = (signal: NodeJS.Signals): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It has ended by itself.
      }
    };
    const end = (): void => {
      ending = true;
      send('SIGTERM');
      timers.push(setTimeout(send, grace, 'SIGKILL'));
    };
    timers.push(
      setTimeout(() => {
        late = true;
        end();
      }, options.timeout),
    );
    options.signal.addEventListener('abort', end, { once: true });
    if (options.signal.aborted) end();
    child.stdout.on('data', options.out);
    child.stderr.on('data', options.err);
    const finish = (): void => {
      options.signal.removeEventListener('abort', end);
      for (const timer of timers) clearTimeout(timer);
    };
    child.on('error', (error) => {
      finish();
      reject(error);
    });
    child.on('exit', () => {
      if (ending) send('SIGKILL');
      timers.push(
        // After one more look at what has come: this process may have stood still meanwhile.
        setTimeout(() => {
          setImmediate(() => {
            child.stdout.destroy();
            child.stderr.destroy();
          });
        }, grace / 5),
      );
    });
    child.on('close', (code) => {
      finish();
      resolve(late ? 'late' : (code ?? 1));
    });
  });
}
