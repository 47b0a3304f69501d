import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A file, folder or link of the context; `path` is relative, with slashes. */
export interface ContextEntry {
  readonly path: string;
  readonly source: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly mode: number;
}

/** Everything in the folder that .dockerignore (or `<Dockerfile>.dockerignore`) leaves, in the order of names. */
export async function readContext(folder: string, dockerfile: string): Promise<readonly ContextEntry[]> {
  const text =
    (await readFile(`${dockerfile}.dockerignore`, 'utf8').catch(() => undefined)) ??
    (await readFile(join(folder, '.dockerignore'), 'utf8').catch(() => ''));
  const ignored = ignoreMatcher(text);
  const entries: ContextEntry[] = [];
  async function walk(path: string): Promise<void> {
    const names = (await readdir(join(folder, path))).sort();
    for (const name of names) {
      const inner = path === '' ? name : `${path}/${name}`;
      const source = join(folder, inner);
      const stat = await lstat(source);
      const kind = stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'file';
      if (kind === 'file' && !stat.isFile()) continue;
      const out = ignored(inner);
      if (!out) entries.push({ path: inner, source, kind, mode: stat.mode & 0o777 });
      // A later `!pattern` may bring back what is inside an ignored folder.
      if (kind === 'directory' && (!out || text.includes('!'))) await walk(inner);
    }
  }
  await walk('');
  return entries;
}

/** Docker's rules: the last pattern that matches a path, or a folder above it, decides. */
export function ignoreMatcher(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const back = line.startsWith('!');
      const pattern = (back ? line.slice(1) : line).trim().replace(/^\.?\/+|\/+$/g, '');
      return { back, test: globPattern(pattern) };
    });
  return (path) => {
    const parts = path.split('/');
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    let out = false;
    for (const rule of rules) if (prefixes.some((prefix) => rule.test.test(prefix))) out = !rule.back;
    return out;
  };
}

/** Go's filepath.Match, and `**` for any number of folders. */
export function globPattern(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*\*|\*|\?|\[\^?[^\]]+\]|[.+^${}()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:.*/)?';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    return token.startsWith('[') && token.length > 2 ? token : `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}
