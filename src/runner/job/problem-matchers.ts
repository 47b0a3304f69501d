import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { Annotation } from '../../protocol/run.ts';
import { type BoundedPattern, boundedPattern, PatternTimeout } from './bounded-pattern.ts';
import { checkMatchers } from './check-matchers.ts';

const group = z.number().int().optional();
const pattern = z.object({
  regexp: z.string(),
  file: group,
  line: group,
  column: group,
  severity: group,
  code: group,
  message: group,
  fromPath: group,
  loop: z.boolean().optional(),
});
const matcherFile = z.object({
  problemMatcher: z.array(
    z.object({
      owner: z.string().default(''),
      severity: z.string().optional(),
      fromPath: z.string().optional(),
      pattern: z.array(pattern).default([]),
    }),
  ),
});

const keys = ['file', 'line', 'column', 'severity', 'code', 'message', 'fromPath'] as const;
type Found = Readonly<Partial<Record<(typeof keys)[number], string>>>;
type Pattern = z.infer<typeof pattern> & { readonly regex: BoundedPattern };

interface Matcher {
  readonly owner: string;
  readonly defaults: Found;
  readonly patterns: readonly Pattern[];
  /** What each pattern but the last has matched. */
  state: (Found | undefined)[];
}

/** What a line of output says is wrong. */
export interface MatchedProblem {
  readonly annotation: Annotation;
  /** The line without its colours. */
  readonly line: string;
}

/** A job's problem matchers, as actions/runner has them (IssueMatcher.cs, OutputManager.cs). */
export class ProblemMatchers {
  #matchers: readonly Matcher[] = [];
  readonly #workspace: string;
  readonly #warn: (message: string) => void;

  constructor(workspace: string, warn: (message: string) => void = () => undefined) {
    this.#workspace = workspace;
    this.#warn = warn;
  }

  /** The text of a problem matcher file; a later matcher takes the place of the owner's earlier one. @throws for a bad one */
  add(text: string): void {
    const { problemMatcher } = matcherFile.parse(JSON.parse(text));
    checkMatchers(problemMatcher);
    for (const { owner, pattern: patterns, severity, fromPath } of problemMatcher) {
      const matcher: Matcher = {
        owner,
        defaults: { ...(severity === undefined ? {} : { severity }), ...(fromPath === undefined ? {} : { fromPath }) },
        patterns: patterns.map((each) => ({ ...each, regex: boundedPattern(each.regexp) })),
        state: [],
      };
      this.remove(owner);
      this.#matchers = [matcher, ...this.#matchers];
    }
  }

  remove(owner: string): void {
    this.#matchers = this.#matchers.filter((other) => other.owner.toLowerCase() !== owner.toLowerCase());
  }

  /** Removes what `add` took from the same text. */
  removeAll(text: string): void {
    for (const { owner } of matcherFile.parse(JSON.parse(text)).problemMatcher) this.remove(owner);
  }

  match(text: string): MatchedProblem | undefined {
    if (this.#matchers.length === 0) return undefined;
    const line = text.replaceAll(/\u001b\[[0-9;]*m?/g, '');
    for (const matcher of this.#matchers) {
      const found = this.#step(matcher, line);
      if (found === undefined) continue;
      for (const other of this.#matchers) if (other !== matcher) other.state = [];
      const annotation = this.#annotation({ ...matcher.defaults, ...found });
      if (annotation !== undefined) return { annotation, line };
    }
    return undefined;
  }

  /** A matcher that takes too long is taken out, and that is told. */
  #step(matcher: Matcher, line: string): Found | undefined {
    try {
      return step(matcher, line);
    } catch (error) {
      if (!(error instanceof PatternTimeout)) throw error;
      this.remove(matcher.owner);
      this.#warn(`Removing issue matcher '${matcher.owner}'. Matcher failed 1 times. Error: ${error.message}`);
      return undefined;
    }
  }

  #annotation(found: Found): Annotation | undefined {
    const level = levels.get(found.severity?.toLowerCase() ?? 'error');
    if (level === undefined || (found.message ?? '').trim() === '') return undefined;
    const path = this.#path(found);
    const [line, column] = [number(found.line), number(found.column)];
    return {
      level,
      message: found.message ?? '',
      ...(path === undefined ? {} : { path }),
      ...(line === undefined ? {} : { startLine: line }),
      ...(line === undefined || column === undefined ? {} : { startColumn: column }),
    };
  }

  /** Only files that are there, below the workspace. */
  #path({ file, fromPath }: Found): string | undefined {
    if (file === undefined || file.trim() === '') return undefined;
    const from = fromPath === undefined || isAbsolute(file) ? file : join(dirname(fromPath), file);
    const full = resolve(this.#workspace, from);
    const path = relative(this.#workspace, full);
    return path.startsWith('..') || !existsSync(full) ? undefined : path;
  }
}

const levels = new Map<string, Annotation['level']>([
  ['', 'failure'],
  ['error', 'failure'],
  ['warning', 'warning'],
  ['notice', 'notice'],
]);

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;

/** The patterns match lines that follow each other; the last may match again and again where it loops. */
function step(matcher: Matcher, line: string): Found | undefined {
  const last = matcher.patterns.length - 1;
  for (let index = last; index >= 0; index -= 1) {
    const before = index === 0 ? {} : matcher.state[index - 1];
    const pattern = matcher.patterns[index];
    if (before === undefined || pattern === undefined) continue;
    const match = pattern.regex.exec(line);
    if (match === undefined) {
      matcher.state[index === last ? index - 1 : index] = undefined;
      continue;
    }
    // What an earlier line said stands.
    const found: Found = { ...groups(match, pattern), ...before };
    if (index < last) {
      matcher.state[index] = found;
      continue;
    }
    matcher.state = [];
    if (pattern.loop === true && index > 0) matcher.state[index - 1] = before;
    return found;
  }
  return undefined;
}

function groups(match: readonly (string | undefined)[], pattern: Pattern): Found {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const at = pattern[key];
      const value = at === undefined ? undefined : match[at];
      return value === undefined || value === '' ? [] : [[key, value]];
    }),
  );
}
