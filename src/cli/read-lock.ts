import { type Lock, lockPath, parseLock } from '../workflow/generate/lock.ts';
import { readLocal } from './read-local.ts';

/** What trunkline.lock of this folder pins; nothing where there is none. @throws CONFIG_INVALID */
export function readLock(cwd: string): Lock {
  return parseLock(readLocal(cwd, lockPath));
}
