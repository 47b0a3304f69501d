import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

const killSwitch = resolve(import.meta.dirname, '../../../test/kill/switch.mjs');

export interface ForgeChild {
  readonly port: number;
  /** carol's, who owns acme. */
  readonly token: string;
  readonly child: ChildProcess;
  /** What it said of faults of its own. */
  faults(): string;
  /** Resident memory in MB; 0 where there is no /proc. */
  memory(): number;
  /** Asks REST; the body is sent as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Response>;
}

/** Forges as processes of their own, bundled once. */
export interface ForgeBundle {
  /** For the folders of forges; removed by `remove`. */
  readonly home: string;
  /** `killAt` as test/kill/switch.mjs reads it: `write:120`. */
  start(folder: string, killAt?: string): Promise<ForgeChild>;
  /** Kills the one that was started last, if it is up still. */
  stop(): Promise<void>;
  remove(): Promise<void>;
}

export async function bundleForge(): Promise<ForgeBundle> {
  const home = mkdtempSync(join(tmpdir(), 'forge-process-'));
  const entry = join(home, 'bundle', 'forge.js');
  const input = resolve(import.meta.dirname, 'forge-process.ts');
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'silent' });
  await bundle.write({ file: entry, format: 'esm', codeSplitting: false });
  await bundle.close();
  const schema = resolve(import.meta.dirname, '../../../node_modules/@octokit/graphql-schema/schema.graphql');
  copyFileSync(schema, join(home, 'bundle', 'schema.graphql'));
  let last: ChildProcess | undefined;
  // Whoever asks waits until it is gone, also who asks while it dies: until then it holds its folder.
  const stop = async (): Promise<void> => {
    const one = last;
    if (one === undefined || one.exitCode !== null || one.signalCode !== null) return;
    one.kill('SIGKILL');
    await once(one, 'exit');
  };
  return {
    home,
    start: async (folder, killAt) => {
      const env = { ...process.env, ...(killAt === undefined ? {} : { KILL_AT: killAt }) };
      const child = spawn(process.execPath, ['--import', killSwitch, entry, folder], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      last = child;
      let faults = '';
      child.stderr.on('data', (chunk: Buffer) => {
        faults += chunk.toString();
      });
      const said = await new Promise<string>((found, failed) => {
        child.stdout.once('data', (chunk: Buffer) => found(chunk.toString()));
        child.once('exit', () => failed(new Error(`the forge ended: ${faults}`)));
      });
      const { port, token } = JSON.parse(said) as { port: number; token: string };
      return {
        port,
        token,
        child,
        faults: () => faults,
        memory: () => residentMegabytes(child.pid),
        call: (method, path, body) =>
          fetch(`http://127.0.0.1:${port}/api/v3${path}`, {
            method,
            headers: { authorization: `Bearer ${token}` },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          }),
      };
    },
    stop,
    remove: async () => {
      await stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function residentMegabytes(pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
