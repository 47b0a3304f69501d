import { join } from 'node:path';
import type { Forge } from '../forge.ts';
import type { JobRow } from '../rows.ts';

/** Where a job's log is kept: `<folder>/logs/<run>/<attempt>/<job>.txt`. */
export function logPath(forge: Pick<Forge, 'folder'>, job: Pick<JobRow, 'runId' | 'attempt' | 'id'>): string {
  return join(forge.folder, 'logs', String(job.runId), String(job.attempt), `${job.id}.txt`);
}
