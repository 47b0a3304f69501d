import { type Problem, TrunklineError } from '../../errors.ts';
import { dependabotPath } from './dependabot.ts';
import {
  ejected,
  type GeneratedFile,
  isGenerated,
  lostMark,
  ownJobsPlace,
  ownOwnersPlace,
  ownText,
} from './generated-file.ts';
import { lockPath } from './lock.ts';

export interface FileChange {
  readonly path: string;
  readonly before?: string;
  /** Undefined: the file goes. */
  readonly after?: string;
}

/** What a repository has where generated files may be: text by path. */
export type Existing = ReadonlyMap<string, string>;

/**
 * What has to be written and removed. A file that somebody wrote by hand is never touched, unless `replace` says so; jobs
 * that somebody added to a generated file are never removed with it.
 * @throws CONFLICT with every such file
 */
export function planFiles(
  wanted: readonly GeneratedFile[],
  existing: Existing,
  options: { readonly replace?: boolean; readonly eject?: boolean } = {},
): readonly FileChange[] {
  const problems: Problem[] = [];
  const fault = (path: string, message: string, hint: string): void => {
    problems.push({ code: 'CONFLICT', message, hint, location: { file: path } });
  };
  const names = new Set(wanted.map(({ path }) => path));
  const left = new Set(options.replace === true ? [] : leftAlone(wanted, existing));
  const written = wanted.flatMap(({ path, text }): readonly FileChange[] => {
    if (left.has(path)) return [];
    const before = existing.get(path);
    const theirs = before !== undefined && path !== lockPath && !isGenerated(before);
    if (theirs && options.replace !== true)
      fault(
        path,
        'expected a file that was generated, or none, found one that somebody wrote',
        path.endsWith('/CODEOWNERS')
          ? 'take it over with: trunkline generate --replace, which keeps its lines as your own'
          : 'rename it, or let it be replaced: trunkline generate --replace',
      );
    const lost = before === undefined || theirs ? undefined : lostIn(before);
    if (lost !== undefined)
      fault(
        path,
        `expected the line "${lost}", found the other one of the two alone: what is yours cannot be told`,
        'put it back around your own, or remove both lines where nothing is',
      );
    const after = options.eject === true && path !== lockPath ? ejected(text) : text;
    return [{ path, after, ...(before === undefined ? {} : { before }) }];
  });
  const removed = [...existing].flatMap(([path, before]): FileChange[] => {
    if (names.has(path) || !isGenerated(before)) return [];
    if (ownText(before, ownJobsPlace).trim() !== '')
      fault(path, 'expected to remove it, found jobs of your own in it', 'move them to a workflow of their own');
    return [{ path, before }];
  });
  const [first, ...rest] = problems;
  if (first !== undefined) throw TrunklineError.of([first, ...rest]);
  return [...written, ...removed].filter(({ before, after }) => before !== after);
}

/** Files that somebody wrote by hand, and that nothing else needs as they would be generated. */
export function leftAlone(wanted: readonly GeneratedFile[], existing: Existing): readonly string[] {
  return wanted.flatMap(({ path }) => {
    const text = existing.get(path);
    return path === dependabotPath && text !== undefined && !isGenerated(text) ? [path] : [];
  });
}

function lostIn(text: string): string | undefined {
  return lostMark(text, ownJobsPlace) ?? lostMark(text, ownOwnersPlace);
}

/** For messages: each file, and what becomes of it. */
export function sayChange({ path, before, after }: FileChange): string {
  return `${after === undefined ? 'remove' : before === undefined ? 'add' : 'change'} ${path}`;
}
