import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the package that runs, from its sources as from its bundle. */
export function packageFolder(): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'examples'))) return folder;
  }
  throw new Error(`no package.json with examples beside it above ${import.meta.dirname}`);
}
