import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, sep } from 'node:path';
import { TrunklineError } from '../../../errors.ts';

const versionControl = new Set(['.git', '.svn', '.hg', '.bzr', 'CVS', '_darcs', '.arch-params', '.monotone', '_svn']);

/** What is written beside a file before it takes its place; a run that was killed may leave it, and the next uses it up. */
const beside = '.trunkline-new';

/** Paths of the files below a folder, with "/" between; links to folders are not entered, those of version control neither. */
export function listFiles(folder: string): readonly string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(folder, path), { withFileTypes: true })) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!versionControl.has(entry.name)) visit(inner);
      } else if (inner.endsWith(beside)) continue;
      else if (entry.isFile() || (entry.isSymbolicLink() && leadsToFile(join(folder, inner)))) found.push(inner);
    }
  };
  visit('');
  return found.sort();
}

/** A file's own place; a link is followed as long as it stays in the folder. @throws INPUT_INVALID where it leads out */
export function realPlace(folder: string, path: string): string {
  const real = realpathSync(join(folder, path));
  const inside = relative(realpathSync(folder), real);
  if (inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`)) return real;
  throw new TrunklineError('INPUT_INVALID', `expected ${path} to stay in the folder, found that it leads to ${real}`, {
    location: { file: path },
    hint: 'let the glob leave it out, or put the file itself there',
  });
}

/** The text; undefined for what is no UTF-8, which cannot be written back byte for byte. */
export function readText(place: string): string | undefined {
  const bytes = readFileSync(place);
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** Writes all of it or nothing, with the mode of `like`. @throws INPUT_INVALID over a link */
export function writeText(place: string, text: string, like: string): void {
  const there = lstatSync(place, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile())
    throw new TrunklineError('INPUT_INVALID', `expected a file or none at ${place}, found something else`);
  const next = `${place}${beside}`;
  try {
    // What stands there, a link too, is not written through.
    rmSync(next, { force: true });
    writeFileSync(next, text, { flag: 'wx' });
    chmodSync(next, statSync(like).mode & 0o7777);
    renameSync(next, place);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function leadsToFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
