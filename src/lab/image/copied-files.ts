import { posix } from 'node:path';
import { globPattern } from './build-context.ts';
import type { LayerEntry } from './write-layer.ts';

/** The entries that a source names; '' is the whole context. Ways out of the context lead to its root, as in Docker. */
export function select(available: ReadonlyMap<string, LayerEntry>, source: string): readonly string[] {
  const path = posix.resolve('/', source).slice(1);
  if (path === '') return [''];
  if (available.has(path)) return [path];
  const pattern = globPattern(path);
  return [...available.keys()].filter((name) => pattern.test(name));
}

/** A folder's contents go into the target; a file goes to it, or into it under its own name. */
export function placed(
  available: ReadonlyMap<string, LayerEntry>,
  root: string,
  target: string,
  into: boolean,
): readonly (readonly [string, LayerEntry])[] {
  const entry = available.get(root);
  const join = (...parts: string[]): string => parts.filter((part) => part !== '').join('/');
  if (entry !== undefined && entry.kind !== 'directory') {
    return [[into ? join(target, posix.basename(root)) : target, entry]];
  }
  const prefix = root === '' ? '' : `${root}/`;
  const inside = [...available].filter(([path]) => path.startsWith(prefix));
  return [
    [target, { kind: 'directory', mode: 0o755 }],
    ...inside.map(([path, each]) => [join(target, path.slice(prefix.length)), each] as const),
  ];
}

/** The folders above a path, from the top. */
export function parents(path: string): readonly (readonly [string, LayerEntry])[] {
  const parts = path.split('/').slice(0, -1);
  return parts
    .map((_, index) => [parts.slice(0, index + 1).join('/'), { kind: 'directory', mode: 0o755 }] as const)
    .filter(([folder]) => folder !== '');
}
