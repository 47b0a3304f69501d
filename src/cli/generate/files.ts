import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import { generatedPlaces } from '../../workflow/generate/generated-file.ts';
import type { Existing, FileChange } from '../../workflow/generate/plan-files.ts';

/** What stands where generated files may be. Links are left alone: they may lead out of the repository. */
export function readExisting(cwd: string): Existing {
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    const there = lstatSync(join(cwd, path), { throwIfNoEntry: false });
    if (there?.isDirectory() === true) for (const name of readdirSync(join(cwd, path)).sort()) visit(`${path}/${name}`);
    else if (there?.isFile() === true) found.set(path, readFileSync(join(cwd, path), 'utf8'));
  };
  for (const place of generatedPlaces) visit(place);
  return found;
}

/** Each file whole or not at all. @throws INPUT_INVALID where something else than a file is in the way */
export function changeFiles(cwd: string, changes: readonly FileChange[]): void {
  for (const { path, after } of changes) {
    const place = join(cwd, path);
    if (after === undefined) {
      rmSync(place);
      continue;
    }
    const there = lstatSync(place, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile())
      throw new TrunklineError('INPUT_INVALID', `expected a file or none at ${path}, found something else`);
    mkdirSync(dirname(place), { recursive: true });
    const beside = `${place}.trunkline-${process.pid}`;
    writeFileSync(beside, after, { flag: 'wx' });
    renameSync(beside, place);
  }
}
