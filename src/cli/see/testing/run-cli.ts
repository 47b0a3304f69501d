import type { Ports } from '../../../ports.ts';
import { commands } from '../../commands.ts';
import { dispatch } from '../../dispatch.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Ports['env'];
  readonly fetch?: Ports['fetch'];
  readonly now?: number;
  /** Somebody at the terminal who says these lines, one for each question. */
  readonly answers?: readonly string[];
  /** A terminal of so many columns. */
  readonly terminal?: number;
}

/** Runs a command as the process would, in this process. */
export async function runCli(words: readonly string[], options: RunOptions): Promise<Ran> {
  const text = { out: '', err: '' };
  const output = (name: 'out' | 'err') => ({
    write: (more: string) => {
      text[name] += more;
    },
    isTTY: options.terminal !== undefined,
    columns: options.terminal ?? 100,
  });
  const lines = [...(options.answers ?? [])];
  const ports: Ports = {
    ...(options.answers === undefined
      ? {}
      : {
          ask: async (question: string) => {
            text.err += `${question}\n`;
            return lines.shift() ?? '';
          },
        }),
    clock: { now: () => options.now ?? Date.now(), sleep: async () => {} },
    random: (bytes) => new Uint8Array(bytes),
    env: { NO_COLOR: '1', ...options.env },
    fetch:
      options.fetch ??
      (() => {
        throw new Error('asked the network');
      }),
    stdout: output('out'),
    stderr: output('err'),
    cwd: options.cwd,
    interrupted: new AbortController().signal,
  };
  const code = await dispatch(words, commands, ports);
  return { code, ...text };
}
