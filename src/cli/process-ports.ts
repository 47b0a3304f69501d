import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Output, Ports } from '../ports.ts';
import { isPipe, pipeWriter } from './pipe-writer.ts';

/** The ports of the real process. */
export function processPorts(interrupted: AbortSignal): Ports {
  let fetch: Promise<Ports['fetch']> | undefined;
  return {
    clock: {
      now: () => Date.now(),
      sleep: async (ms, signal) => {
        try {
          await setTimeout(ms, undefined, signal === undefined ? {} : { signal });
        } catch (error) {
          throw signal?.aborted === true ? signal.reason : error;
        }
      },
    },
    random: (bytes) => randomBytes(bytes),
    env: process.env,
    fetch: async (input, init) => {
      fetch ??= import('./proxy-fetch.ts').then(({ proxyFetch }) => proxyFetch(process.env));
      return (await fetch)(input, init);
    },
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask: atTerminal(interrupted) } : {}),
    stdout: output(process.stdout),
    stderr: output(process.stderr),
    cwd: process.cwd(),
    interrupted,
  };
}

/** Questions go to stderr, so that stdout stays what was asked for. */
function atTerminal(interrupted: AbortSignal): NonNullable<Ports['ask']> {
  return async (question) => {
    const { askAtTerminal } = await import('./ask-at-terminal.ts');
    const interrupt = (): void => void process.emit('SIGINT');
    return askAtTerminal(question, { input: process.stdin, output: process.stderr, interrupted, interrupt });
  };
}

function output(stream: NodeJS.WriteStream & { readonly fd: number }): Output {
  return {
    write: isPipe(stream)
      ? pipeWriter(stream)
      : (text) => {
          stream.write(text);
        },
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns ?? 100;
    },
  };
}
