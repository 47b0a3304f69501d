import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The built command; elsewhere when a build of one's own is to be tried. */
export const command = process.env['TRUNKLINE_DIST'] ?? resolve(import.meta.dirname, '../../dist/trunkline.js');

export interface CommandProcess {
  readonly child: ChildProcess;
  /** What it printed so far, both streams. */
  text(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves with the first match in what it prints. @throws when it ends without one */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts the command as a user's shell does. */
export function startCommand(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; node?: readonly string[] } = {},
): CommandProcess {
  const child = spawn(process.execPath, [...(options.node ?? []), command, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const waiting = new Set<() => void>();
  const add = (chunk: Buffer): void => {
    text += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  let over = false;
  const ended = new Promise<number | NodeJS.Signals>((done) =>
    child.once('close', (code, signal) => {
      over = true;
      for (const look of waiting) look();
      done(signal ?? code ?? 0);
    }),
  );
  return {
    child,
    text: () => text,
    ended,
    prints: (pattern) =>
      new Promise((done, reject) => {
        const look = (): void => {
          const found = pattern.exec(text);
          if (found === null && !over) return;
          waiting.delete(look);
          if (found === null) reject(new Error(`it ended without ${pattern}:\n${text}`));
          else done(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** What `lab up --json` says. */
export interface UpLab {
  readonly pid: number;
  readonly folder: string;
  readonly port: number;
  readonly urls: { readonly local: string };
  readonly notes: readonly string[];
  readonly tokens: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

export async function labUp(
  folder: string,
  options: { args?: readonly string[]; env?: Record<string, string>; node?: readonly string[] } = {},
): Promise<CommandProcess & { readonly lab: UpLab }> {
  const started = startCommand(['lab', 'up', '--folder', folder, '--json', ...(options.args ?? [])], options);
  const [line] = await started.prints(/^\{.*\}$/m);
  return { ...started, lab: JSON.parse(line) as UpLab };
}

/** `pid arguments` of every process with the text in its arguments or environment; this one excepted. */
export function processesWith(text: string): readonly string[] {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'latin1').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    const args = read(join('/proc', pid, 'cmdline'));
    return `${args} ${read(join('/proc', pid, 'environ'))}`.includes(text) ? [`${pid} ${args}`] : [];
  });
}
