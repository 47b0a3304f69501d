import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { TrunklineError } from '../../errors.ts';

/** The text of a file of smoke checks. @throws NOT_FOUND */
export function readSmokeFile(cwd: string, file: string): string {
  const path = resolve(cwd, file);
  if (existsSync(path)) return readFileSync(path, 'utf8');
  throw new TrunklineError('NOT_FOUND', `expected smoke checks in ${file}, found no such file`, {
    hint: 'checks: [{ url: "https://{service}.{environment}.example.com/health" }]',
  });
}
