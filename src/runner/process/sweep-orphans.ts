import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Milliseconds that a killed process may take to go where everything is busy. */
const patience = 2000;

/**
 * Kills every process whose environment carries the tracking id: what a job's steps left behind, however detached
 * (actions/runner, JobExtension.cs). Answers `pid name` of each once they are gone. Where there is no /proc, nothing is
 * found.
 */
export async function sweepOrphans(trackingId: string): Promise<readonly string[]> {
  const killed = new Map<number, string>();
  const deadline = performance.now() + patience;
  // A process may fork while it is looked for: look again until a round finds none.
  for (;;) {
    const found = findTracked(trackingId);
    if (found.length === 0 || performance.now() > deadline) return [...killed].map(([pid, name]) => `${pid} ${name}`);
    for (const { pid, name } of found) {
      try {
        process.kill(pid, 'SIGKILL');
        if (!killed.has(pid)) killed.set(pid, name);
      } catch {
        // It ended by itself.
      }
    }
    await delay(5);
  }
}

/** Bytes of an environment that are read at once; one that is longer is read on. */
const room = 256 * 1024;

/** These files are the kernel's memory: to wait for each would take longer than to read it. */
function findTracked(trackingId: string): readonly { pid: number; name: string }[] {
  const needle = `RUNNER_TRACKING_ID=${trackingId}\0`;
  const buffer = Buffer.allocUnsafe(room);
  return orElse(() => readdirSync('/proc'), []).flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const environment = orElse(() => readEnvironment(`/proc/${pid}/environ`, buffer), buffer.subarray(0, 0));
    const at = environment.indexOf(needle);
    if (at === -1 || (at > 0 && environment[at - 1] !== 0)) return [];
    return [{ pid: Number(pid), name: orElse(() => readlinkSync(`/proc/${pid}/exe`), '') }];
  });
}

/** In as few calls as there can be: there are many processes, and their environments are looked at after every job. */
function readEnvironment(path: string, buffer: Buffer): Buffer {
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, buffer);
    return length < buffer.length ? buffer.subarray(0, length) : readFileSync(path);
  } finally {
    closeSync(file);
  }
}

/** A process may end while it is looked at, or be another user's. */
function orElse<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
