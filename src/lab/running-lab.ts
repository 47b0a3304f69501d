import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { beginOf } from '../forge/store/lock.ts';
import type { Ports } from '../ports.ts';
import type { Lab } from './lab.ts';

/** What another terminal needs to reach a lab that is up. */
export interface RunningLab {
  readonly pid: number;
  readonly began: string;
  readonly url: string;
  readonly login: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The folder asked for, or the user's own. */
export function labFolder(asked: string | undefined, ports: Pick<Ports, 'env' | 'cwd'>): string {
  if (asked !== undefined) return resolve(ports.cwd, asked);
  return join(
    ports.env['XDG_STATE_HOME'] ?? join(ports.env['HOME'] ?? homedir(), '.local', 'state'),
    'trunkline',
    'lab',
  );
}

/** Readable by this user only: it holds a token of the lab's. Answers how to take it away. */
export function announceLab(lab: Pick<Lab, 'folder' | 'urls' | 'env'>, login: string, token: string): () => void {
  const file = join(lab.folder, 'running.json');
  const running: RunningLab = {
    pid: process.pid,
    began: beginOf(process.pid),
    url: lab.urls.local,
    login,
    env: lab.env(token),
  };
  writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
  const withdraw = (): void => rmSync(file, { force: true });
  process.once('exit', withdraw);
  return () => {
    process.off('exit', withdraw);
    withdraw();
  };
}

/** The lab that a folder holds, if a process has it up. */
export function findRunningLab(folder: string): RunningLab | undefined {
  try {
    const running = JSON.parse(readFileSync(join(folder, 'running.json'), 'utf8')) as RunningLab;
    process.kill(running.pid, 0);
    return beginOf(running.pid) === running.began ? running : undefined;
  } catch {
    return undefined;
  }
}
