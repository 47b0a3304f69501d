import { RE2JS } from 're2js';
import { TrunklineError } from '../../errors.ts';
import { locationAt } from '../../yaml/location-at.ts';
import { applyEdits, type Edit } from '../../yaml/set-scalar.ts';

/** A regular expression by its name; its named groups say which variable is written there. */
export interface Pattern {
  readonly name: string;
  readonly regex: RE2JS;
}

/** Compiles a pattern as it is published: with or without slashes around it. @throws INPUT_INVALID */
export function compilePattern(name: string, source: string): RE2JS {
  const bare = /^\/(.*[^\\])\/$/s.exec(source)?.[1] ?? source;
  try {
    // The documentation reads files line by line. Time is linear in the text, whatever the pattern.
    return RE2JS.compile(bare, RE2JS.MULTILINE);
  } catch (error) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `${name}: expected a regular expression, found ${JSON.stringify(source)}: ${error instanceof Error ? error.message : String(error)}`,
      { hint: 'write it without look-around and back-references, which can take time without end' },
    );
  }
}

/**
 * Writes variables where the groups of that name matched, and nowhere else: what a group captured elsewhere in the text
 * stays, and nothing that was just written is read again. A group whose variable has no value is left as it is.
 * @throws MANIFEST_INVALID where two groups claim one place for different values
 */
export function replaceGroups(
  file: string,
  text: string,
  patterns: readonly Pattern[],
  valueFor: (group: string, pattern: string) => string | undefined,
): string {
  const lines = withoutReturns(text);
  const edits: Edit[] = [];
  for (const { name, regex } of patterns) {
    const groups = Object.keys(regex.namedGroups());
    const matcher = regex.matcher(lines.text);
    while (matcher.find()) {
      for (const group of groups) {
        const start = matcher.start(group);
        const value = start < 0 ? undefined : valueFor(group, name);
        if (value !== undefined)
          edits.push({ start: lines.original(start), end: lines.original(matcher.end(group)), text: value });
      }
    }
  }
  return applyEdits(text, distinct(file, text, edits));
}

function distinct(file: string, text: string, edits: readonly Edit[]): readonly Edit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  return sorted.filter((edit, index) => {
    const before = sorted[index - 1];
    if (before === undefined || (before.end <= edit.start && before.start !== edit.start)) return true;
    if (before.start === edit.start && before.end === edit.end && before.text === edit.text) return false;
    throw new TrunklineError(
      'MANIFEST_INVALID',
      `expected each place to take one value, found ${JSON.stringify(before.text)} and ${JSON.stringify(edit.text)}`,
      { location: locationAt(file, text, edit.start), hint: 'let the regular expressions capture different places' },
    );
  });
}

/** A text whose lines end in `\n` alone, so that no group takes in a `\r`, and the way back to the original's offsets. */
function withoutReturns(text: string): { readonly text: string; original(offset: number): number } {
  if (!text.includes('\r\n')) return { text, original: (offset) => offset };
  const removed: number[] = [];
  for (let at = text.indexOf('\r\n'); at >= 0; at = text.indexOf('\r\n', at + 2)) removed.push(at - removed.length);
  return {
    text: text.replaceAll('\r\n', '\n'),
    original: (offset) => {
      let [low, high] = [0, removed.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((removed[middle] ?? 0) < offset) low = middle + 1;
        else high = middle;
      }
      return offset + low;
    },
  };
}
