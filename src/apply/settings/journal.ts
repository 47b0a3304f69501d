import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Difference } from '../../settings/difference.ts';

/** One line of the journal: what is about to be sent, or what came of it. */
export interface JournalLine {
  /** ISO 8601 */
  readonly at: string;
  readonly repository: string;
  readonly event: 'start' | 'send' | 'done' | 'refused' | 'end';
  /** Which of how many requests, from 1. */
  readonly step?: string;
  readonly title?: string;
  readonly request?: { readonly method: string; readonly path: string; readonly body?: unknown };
  /** What a run was to change, from what it was. */
  readonly before?: readonly Difference[];
  readonly because?: string;
}

/** An apply that was begun and not ended. */
export interface CutOff {
  readonly at: string;
  /** The request that may or may not have been carried out; undefined where it ended between two. */
  readonly sent: string | undefined;
  /** What it was to change. */
  readonly before: readonly Difference[];
}

/**
 * What an apply did, a line for each step, on the disk before anything is sent: after a kill it says what was under
 * way, and later what was changed, when, and from what. It holds no secret; only its owner may read it.
 */
export class Journal {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  write(line: JournalLine): void {
    mkdirSync(dirname(this.file), { recursive: true });
    const file = openSync(this.file, 'a', 0o600);
    try {
      writeSync(file, `${JSON.stringify(line)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** The last apply to a repository, where it did not come to its end. */
  cutOff(repository: string): CutOff | undefined {
    if (!existsSync(this.file)) return undefined;
    let found: CutOff | undefined;
    for (const text of readFileSync(this.file, 'utf8').split('\n')) {
      const line = parse(text);
      if (line?.repository !== repository) continue;
      if (line.event === 'end') found = undefined;
      else
        found = {
          at: line.at,
          sent: line.event === 'send' || line.event === 'refused' ? line.title : undefined,
          before: line.before ?? found?.before ?? [],
        };
    }
    return found;
  }
}

/** A line that a kill or a full disk cut short says nothing. */
function parse(text: string): JournalLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'repository' in value ? (value as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}
