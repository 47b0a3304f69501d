import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { ContainerEngine } from './container-engine.ts';
import { askEngine, callEngine } from './engine-cli.ts';

const key = 'trunkline.owner';
/** Milliseconds for all that is asked of the engine here. */
const patience = 30_000;

/** Tells whose a container or network is: this process's, by number and start, since numbers come again. */
export function ownerLabel(): string {
  return `${key}=${process.pid}.${startOf(process.pid) ?? 0}`;
}

/** Removes what labs that were killed have left in the engine: containers first, then their networks. */
export async function removeLeftBehind(engine: ContainerEngine): Promise<void> {
  const call = { cwd: tmpdir(), signal: AbortSignal.timeout(patience) };
  const ask = (...args: readonly string[]): Promise<readonly string[]> => askEngine(engine, args, call).catch(() => []);
  for (const { kind, list, labels, remove } of kinds(engine.name)) {
    const ids = (await ask(...list, '--quiet', '--filter', `label=${key}`)).map((id) => id.trim());
    for (const id of ids.filter((one) => one !== '')) {
      const owner = (await ask(...kind, 'inspect', '--format', `{{index ${labels} "${key}"}}`, id)).join('').trim();
      if (!isLeft(owner)) continue;
      await callEngine(engine, [...kind, ...remove, id], { ...call, onLines: () => undefined });
    }
  }
}

const kinds = (
  engine: string,
): readonly {
  readonly kind: readonly string[];
  readonly list: readonly string[];
  readonly labels: string;
  readonly remove: readonly string[];
}[] => [
  {
    kind: [],
    list: ['ps', '--all'],
    labels: '.Config.Labels',
    // podman would ask first, and wait.
    remove: ['rm', '--force', '--volumes', ...(engine === 'podman' ? ['--time', '0'] : [])],
  },
  { kind: ['network'], list: ['network', 'ls'], labels: '.Labels', remove: ['rm'] },
];

/** Whether the process that the label names is gone. What cannot be read is left alone. */
function isLeft(owner: string): boolean {
  const [, pid, start] = /^(\d+)\.(\d+)$/.exec(owner) ?? [];
  if (pid === undefined || start === undefined) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
  const now = startOf(Number(pid));
  return start !== '0' && now !== undefined && String(now) !== start;
}

/** When the process began, in the machine's ticks; undefined where there is no /proc. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold anything; the start is the 20th word after it.
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}
