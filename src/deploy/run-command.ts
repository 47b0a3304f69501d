import { StringDecoder } from 'node:string_decoder';
import type { Output } from '../ports.ts';
import { runProcess } from './run-process.ts';

export interface CommandOptions {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Runs the environment's own command by the shell; answers its exit code, 1 for a signal, or `late`. */
export function runCommand(options: CommandOptions): Promise<number | 'late'> {
  const print = (): ((chunk: Buffer) => void) => {
    const decoder = new StringDecoder('utf8');
    return (chunk) => void options.output.write(decoder.write(chunk));
  };
  return runProcess('/bin/sh', ['-c', options.command], { ...options, out: print(), err: print() });
}
