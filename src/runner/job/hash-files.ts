import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

interface Rule {
  readonly exclude: boolean;
  /** The folders that no wildcard is in, relative to the workspace. */
  readonly root: string;
  readonly matches: RegExp;
}

/**
 * `hashFiles()`: SHA-256 over the SHA-256 of each file that the patterns match; the empty string where none does.
 * Patterns are relative to the workspace; `!` excludes, and a later pattern wins. As in @actions/glob only folders are
 * walked that a pattern begins with, in the patterns' order, and links to folders only after `--follow-symbolic-links`.
 * Within a folder files come by name: GitHub takes them as its file system gives them.
 */
export function hashFiles(workspace: string, given: readonly string[]): string {
  const follow = given[0]?.toLowerCase() === '--follow-symbolic-links';
  const rules = (follow ? given.slice(1) : given)
    .flatMap((pattern) => pattern.split('\n'))
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '' && !pattern.startsWith('#'))
    .map((pattern) => rule(workspace, pattern));
  const hash = createHash('sha256');
  let found = false;
  for (const root of searchRoots(rules)) {
    for (const path of walk(workspace, root, follow)) {
      const last = rules.filter(({ matches }) => matches.test(path)).at(-1);
      if (last === undefined || last.exclude) continue;
      found = true;
      hash.update(
        createHash('sha256')
          .update(readFileSync(join(workspace, path)))
          .digest(),
      );
    }
  }
  return found ? hash.digest('hex') : '';
}

function rule(workspace: string, text: string): Rule {
  const pattern = relativePattern(workspace, text.replace(/^!/, ''));
  const segments = pattern.split('/');
  const wild = segments.findIndex((segment) => /[*?[]/.test(segment));
  return {
    exclude: text.startsWith('!'),
    root: (wild < 0 ? segments : segments.slice(0, wild)).join('/'),
    matches: globPattern(pattern),
  };
}

/** Where to look: each once, and none inside another. */
function searchRoots(rules: readonly Rule[]): readonly string[] {
  const roots = [...new Set(rules.filter(({ exclude }) => !exclude).map(({ root }) => root))];
  const holds = (outer: string, inner: string): boolean =>
    outer !== inner && (outer === '' || inner.startsWith(`${outer}/`));
  return roots.filter((root) => !root.split('/').includes('..') && !roots.some((other) => holds(other, root)));
}

function relativePattern(workspace: string, pattern: string): string {
  const inside = pattern.startsWith(`${workspace}/`) ? pattern.slice(workspace.length + 1) : pattern;
  return inside.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
}

function* walk(workspace: string, path: string, follow: boolean): Generator<string> {
  const full = join(workspace, path);
  const entry = (follow ? statSync : lstatSync)(full, { throwIfNoEntry: false });
  if (entry?.isDirectory() !== true) {
    if (statSync(full, { throwIfNoEntry: false })?.isFile() === true) yield path;
    return;
  }
  const names = readdirSync(full).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) yield* walk(workspace, path === '' ? name : `${path}/${name}`, follow);
}

/** `**`, `*`, `?` and `[…]`; what a folder's pattern matches includes all below it. */
function globPattern(pattern: string): RegExp {
  const source = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|\[[^\]]+\]|[.+^${}()|\\]/g, (part) => {
    if (part === '**/') return '(?:[^/]+/)*';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.startsWith('[') ? part.replace(/^\[!/, '[^') : `\\${part}`;
  });
  return new RegExp(`^${source}(?:/.*)?$`);
}
