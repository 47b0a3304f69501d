import { spawn } from 'node:child_process';
import type { Output } from '../ports.ts';

export interface CommandOptions {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Runs the environment's own command by the shell, in a process group of its own; answers its exit code, 1 for a signal. */
export function runCommand(options: CommandOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', options.command], {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGTERM');
      } catch {
        // It has ended by itself.
      }
    };
    options.signal.addEventListener('abort', end, { once: true });
    const print = (chunk: Buffer): void => options.output.write(chunk.toString());
    child.stdout.on('data', print);
    child.stderr.on('data', print);
    child.on('error', reject);
    child.on('close', (code) => {
      options.signal.removeEventListener('abort', end);
      resolve(code ?? 1);
    });
  });
}
