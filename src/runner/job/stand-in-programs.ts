import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JobFolders } from './job-folders.ts';

/** Below RUNNER_TEMP: a program that only stands for another writes its name here, a line each time it runs. */
export const standInMark = '_stand_ins';

/** What ran since this was last asked, without the real program behind the name. */
export function standInsUsed({ temp }: JobFolders): readonly string[] {
  const file = join(temp, standInMark);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  rmSync(file, { force: true });
  return [...new Set(text.split('\n').filter((name) => name !== ''))];
}

/** What a script is replaced by: a folder for the job's PATH, and how the log says it. */
export interface ReplacedScript {
  readonly path: string;
  readonly said: string;
  readonly fidelity: 'built-in' | 'stand-in';
}

/** Knows scripts that only fetch a program, from where this machine does not reach; undefined for all others. */
export type ReplaceScript = (
  script: string,
  env: Readonly<Record<string, string>>,
) => Promise<ReplacedScript | undefined>;
