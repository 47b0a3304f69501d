import { readdir, readFile, readlink } from 'node:fs/promises';
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
    const found = await findTracked(trackingId);
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

async function findTracked(trackingId: string): Promise<readonly { pid: number; name: string }[]> {
  const needle = `RUNNER_TRACKING_ID=${trackingId}`;
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      if (!environment.split('\0').includes(needle)) return [];
      const name = await readlink(`/proc/${pid}/exe`).catch(() => '');
      return [{ pid: Number(pid), name }];
    }),
  );
  return found.flat();
}
