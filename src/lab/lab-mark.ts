import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/** Tells this lab's processes from all others on the machine, also after the lab itself was killed. */
export interface LabMark {
  /** In the environment of every process that a job starts, and of its children. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Kills whatever carries the mark and waits, blocking, until it is gone; for a process that is about to exit, and for
   * one that takes over.
   */
  killAll(): void;
}

const name = 'TRUNKLINE_LAB_JOB';
/** A killed process of a busy machine may take this many milliseconds to go. */
const patience = 3000;
const pause = 3;

/** The same each time the folder is opened. Where there is no /proc, nothing is found. */
export function labMark(folder: string): LabMark {
  const value = createHash('sha256').update(folder).digest('hex').slice(0, 24);
  return {
    env: { [name]: value },
    killAll: () => {
      const deadline = performance.now() + patience;
      // A process may fork while it is looked for, and has no environment while it becomes another program: look until
      // two rounds find none.
      let quiet = killRound(`${name}=${value}`) ? 0 : 2;
      while (quiet < 2 && performance.now() < deadline) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
        quiet = killRound(`${name}=${value}`) ? 0 : quiet + 1;
      }
    },
  };
}

/** Whether anything was there to be killed. */
function killRound(needle: string): boolean {
  let found = false;
  for (const pid of processes()) {
    if (pid === process.pid || !environment(pid).split('\0').includes(needle)) continue;
    try {
      process.kill(pid, 'SIGKILL');
      found = true;
    } catch {
      // It ended by itself.
    }
  }
  return found;
}

function processes(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
  } catch {
    return [];
  }
}

/** Empty for processes of others, and for those that are dead but not yet waited for. */
function environment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return '';
  }
}
