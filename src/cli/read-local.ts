import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configPath } from '../config/config.ts';

/** trunkline.yaml of the folder that the command stands in. */
export function readLocal(cwd: string): string | undefined {
  try {
    return readFileSync(join(cwd, configPath), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
}
