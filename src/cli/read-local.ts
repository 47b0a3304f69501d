import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configPath } from '../config/config.ts';
import { TrunklineError } from '../errors.ts';

/** trunkline.yaml, or another file, of the folder that the command stands in. */
export function readLocal(cwd: string, path: string = configPath): string | undefined {
  try {
    return readFileSync(join(cwd, path), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EISDIR') throw new TrunklineError('CONFIG_INVALID', `expected a file, found a folder at ${path}`);
    throw error;
  }
}
