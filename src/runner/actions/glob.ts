import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';

export interface GlobOptions {
  /** Relative patterns begin here. */
  readonly cwd: string;
  /** `~` */
  readonly home: string;
  /** Leaves out whatever has a name that begins with a dot. */
  readonly excludeHidden?: boolean;
  /** Whether a folder's pattern means all that is in it; true unless said. */
  readonly implicitDescendants?: boolean;
}

export interface GlobResult {
  /** Absolute, sorted; files, and with `implicitDescendants: false` folders that a pattern names. */
  readonly paths: readonly string[];
  /** Absolute: where the search began, none inside another. */
  readonly searchPaths: readonly string[];
}

interface Rule {
  readonly exclude: boolean;
  readonly root: string;
  readonly matches: RegExp;
}

/**
 * Paths that patterns name, as @actions/glob does: one a line, `#` comments, `!` excludes, `*`, `?`, `[…]` and `**`;
 * a later pattern wins, links are followed.
 */
export async function globPaths(patterns: string, options: GlobOptions): Promise<GlobResult> {
  const rules = patterns
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => rule(line, options));
  const searchPaths = outermost(rules.filter(({ exclude }) => !exclude).map(({ root }) => root));
  const paths: string[] = [];
  for (const root of searchPaths) {
    for await (const found of walk(root, options, new Set())) {
      if (found.folder && options.implicitDescendants !== false) continue;
      const last = rules.findLast(({ matches }) => matches.test(found.path));
      if (last !== undefined && !last.exclude) paths.push(found.path);
    }
  }
  return { paths: paths.sort(), searchPaths };
}

/** The pattern of one name, braces included, as minimatch reads it. */
export function namePattern(pattern: string): RegExp {
  const dot = pattern.startsWith('.') ? '' : '(?!\\.)';
  return new RegExp(`^${dot}(?:${expandBraces(pattern).map(source).join('|')})$`);
}

/** `a{b,c}` is `ab` and `ac`. */
function expandBraces(pattern: string): readonly string[] {
  const match = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const [, before = '', inside = '', after = ''] = match;
  return inside.split(',').flatMap((one) => expandBraces(`${before}${one}${after}`));
}

function rule(line: string, options: GlobOptions): Rule {
  let text = line;
  let exclude = false;
  while (text.startsWith('!')) {
    exclude = !exclude;
    text = text.slice(1).trim();
  }
  if (text === '~' || text.startsWith('~/')) text = join(options.home, text.slice(1));
  const segments = (isAbsolute(text) ? text : `${options.cwd}/${text}`).split('/');
  const wild = segments.findIndex((segment) => /[*?[]/.test(segment));
  const literal = resolve(segments.slice(0, wild < 0 ? undefined : wild).join('/') || '/');
  const rest = wild < 0 ? '' : `/${segments.slice(wild).join('/')}`.replace(/\/+$/, '');
  const below = options.implicitDescendants === false ? '' : '(?:/.*)?';
  const prefix = literal === '/' ? '' : literal.replaceAll(/[.+^${}()|\\[\]*?]/g, '\\$&');
  return { exclude, root: literal, matches: new RegExp(`^${prefix}${rest === '' ? '' : source(rest)}${below}$`) };
}

/** Braces are no wildcards in paths, as in @actions/glob. */
function source(pattern: string): string {
  return pattern.replaceAll(/\/\*\*(?=\/|$)|\*\*|\*|\?|\[[^\]]+\]|[.+^${}()|\\]/g, (part) => {
    if (part === '/**') return '(?:/[^/]+)*';
    if (part === '*' || part === '**') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.startsWith('[') ? part.replace(/^\[!/, '[^') : `\\${part}`;
  });
}

function outermost(paths: readonly string[]): readonly string[] {
  const all = [...new Set(paths)];
  return all.filter(
    (path) => !all.some((other) => other !== path && `${path}/`.startsWith(`${other}/`.replace('//', '/'))),
  );
}

async function* walk(
  path: string,
  options: GlobOptions,
  above: ReadonlySet<string>,
): AsyncGenerator<{ readonly path: string; readonly folder: boolean }> {
  if (options.excludeHidden === true && basename(path).startsWith('.')) return;
  // A link that leads nowhere is left out.
  const entry = (await lstat(path).catch(() => undefined)) && (await stat(path).catch(() => undefined));
  if (entry === undefined) return;
  if (!entry.isDirectory()) {
    if (entry.isFile()) yield { path, folder: false };
    return;
  }
  const real = await realpath(path);
  if (above.has(real)) return;
  yield { path, folder: true };
  for (const name of await readdir(path)) yield* walk(join(path, name), options, new Set([...above, real]));
}
