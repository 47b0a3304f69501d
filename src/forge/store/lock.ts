import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrunklineError } from '../../errors.ts';

interface Holder {
  readonly pid: number;
  /** When that process began, as the system counts it: a number used again is another process. */
  readonly began: string;
  readonly since: string;
}

/**
 * Takes the folder for this process; answers how to give it back. What a dead process left is taken over.
 * @throws LAB_RUNNING
 */
export function takeLock(folder: string, now: number): () => void {
  const path = join(folder, 'lock');
  const mine = join(folder, `lock.${process.pid}.${process.hrtime.bigint()}`);
  const text = JSON.stringify({ pid: process.pid, began: beginOf(process.pid), since: new Date(now).toISOString() });
  writeFileSync(mine, text);
  try {
    // A link either is made whole or fails: nobody ever reads half a lock.
    while (!tryLink(mine, path)) clearStale(path, mine);
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (readText(path) === text) rmSync(path, { force: true });
  };
}

function clearStale(path: string, mine: string): void {
  const text = readText(path);
  if (text === undefined) return;
  const holder = parse(text);
  if (holder !== undefined && beginOf(holder.pid) === holder.began && isAlive(holder.pid)) throw running(path, holder);
  const aside = `${mine}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  // Between reading and renaming somebody else may have taken it over: then it is theirs, and goes back.
  const theirs = readText(aside) !== text;
  if (theirs) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function running(path: string, holder: Holder): TrunklineError {
  return new TrunklineError('LAB_RUNNING', `${path} is held by process ${holder.pid} since ${holder.since}`, {
    hint: 'stop that lab first, or use another folder',
  });
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('began' in value)) return undefined;
    const since = 'since' in value ? String(value.since) : '';
    return typeof value.pid === 'number' ? { pid: value.pid, began: String(value.began), since } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * When a process began, as the system counts it: a number used again is another process. Field 22 of /proc/<pid>/stat;
 * empty where there is no /proc, and the pid alone must do. A process that is dead but was not waited for (a killed lab
 * whose parent does not care) never began.
 */
export function beginOf(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? '');
}
