import { readFile } from 'node:fs/promises';
import { strToU8, zipSync } from 'fflate';
import type { Forge } from '../forge.ts';
import type { JobRow } from '../rows.ts';
import { logPath } from './log-path.ts';

/** A job's log as far as it is written; undefined where there is none. */
export async function readLog(forge: Forge, job: JobRow): Promise<string | undefined> {
  try {
    return await readFile(logPath(forge, job), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Logs of jobs as GitHub packs them: `<n>_<job>.txt` whole, `<job>/<n>_<step>.txt` by step. */
export async function archiveLogs(forge: Forge, jobs: readonly JobRow[]): Promise<Uint8Array<ArrayBuffer>> {
  const files: Record<string, Uint8Array> = {};
  for (const [index, job] of jobs.entries()) {
    const text = await readLog(forge, job);
    if (text === undefined) continue;
    const name = safeName(job.name);
    files[`${index}_${name}.txt`] = strToU8(text);
    for (const [number, part] of byStep(job, text)) {
      const step = job.steps.find((one) => one.number === number);
      files[`${name}/${number}_${safeName(step?.name ?? '')}.txt`] = strToU8(part);
    }
  }
  return zipSync(files, { level: 1 });
}

/** A line belongs to the last step that had begun at its time. */
function byStep(job: JobRow, text: string): Map<number, string> {
  const steps = job.steps.filter((step) => step.startedAt !== null);
  const parts = new Map<number, string>();
  let current = steps[0]?.number;
  for (const line of text.split(/(?<=\n)/)) {
    const at = Date.parse(/^\S+/.exec(line)?.[0] ?? '');
    if (!Number.isNaN(at))
      current = steps.findLast((step) => Date.parse(step.startedAt ?? '') <= at)?.number ?? current;
    if (current !== undefined) parts.set(current, (parts.get(current) ?? '') + line);
  }
  return parts;
}

/** GitHub leaves out what file systems refuse. */
function safeName(name: string): string {
  return name
    .replaceAll(/[<>:"/\\|?*\x00-\x1f]/g, '')
    .replace(/^\.+$/, '_')
    .slice(0, 90);
}
