import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Annotation } from '../../protocol/run.ts';
import { PatternTimeout } from './bounded-pattern.ts';
import { type Found, type Matcher, matcherOwners, matchLine, readMatchers } from './problem-matcher.ts';

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
    for (const matcher of readMatchers(text)) {
      this.remove(matcher.owner);
      this.#matchers = [matcher, ...this.#matchers];
    }
  }

  remove(owner: string): void {
    this.#matchers = this.#matchers.filter((other) => other.owner.toLowerCase() !== owner.toLowerCase());
  }

  /** Removes what `add` took from the same text. */
  removeAll(text: string): void {
    for (const { owner } of matcherOwners(text)) this.remove(owner);
  }

  /** `hostPath`: a file that the line names, as this machine has it. */
  match(text: string, hostPath: (path: string) => string = (path) => path): MatchedProblem | undefined {
    if (this.#matchers.length === 0) return undefined;
    const line = text.replaceAll(/\u001b\[[0-9;]*m?/g, '');
    for (const matcher of this.#matchers) {
      const found = this.#step(matcher, line);
      if (found === undefined) continue;
      for (const other of this.#matchers) if (other !== matcher) other.state = [];
      const annotation = this.#annotation(found, hostPath);
      if (annotation !== undefined) return { annotation, line };
    }
    return undefined;
  }

  /** A matcher that takes too long is taken out, and that is told. */
  #step(matcher: Matcher, line: string): Found | undefined {
    try {
      return matchLine(matcher, line);
    } catch (error) {
      if (!(error instanceof PatternTimeout)) throw error;
      this.remove(matcher.owner);
      this.#warn(`Removing issue matcher '${matcher.owner}'. Matcher failed 1 times. Error: ${error.message}`);
      return undefined;
    }
  }

  #annotation(found: Found, hostPath: (path: string) => string): Annotation | undefined {
    const level = levels.get(found.severity?.toLowerCase() ?? 'error');
    if (level === undefined || (found.message ?? '').trim() === '') return undefined;
    const path = this.#path(found, hostPath);
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
  #path({ file: named, fromPath }: Found, hostPath: (path: string) => string): string | undefined {
    if (named === undefined || named.trim() === '') return undefined;
    const file = hostPath(named);
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
