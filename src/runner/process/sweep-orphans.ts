import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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

/** These files are the kernel's memory: to wait for each would take longer than to read it. */
function findTracked(trackingId: string): readonly { pid: number; name: string }[] {
  const needle = `RUNNER_TRACKING_ID=${trackingId}`;
  const entries = orElse(() => readdirSync('/proc'), []);
  return entries.flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    const environment = orElse(() => readFileSync(`/proc/${pid}/environ`, 'latin1'), '');
    if (!environment.includes(needle) || !environment.split('\0').includes(needle)) return [];
    return [{ pid: Number(pid), name: orElse(() => readlinkSync(`/proc/${pid}/exe`), '') }];
  });
}

/** A process may end while it is looked at, or be another user's. */
function orElse<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
