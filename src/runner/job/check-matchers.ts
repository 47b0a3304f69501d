import { boundedPattern } from './bounded-pattern.ts';

const properties = ['file', 'line', 'column', 'severity', 'code', 'message', 'fromPath'] as const;

type Pattern = { readonly regexp: string; readonly loop?: boolean | undefined } & {
  readonly [property in (typeof properties)[number]]?: number | undefined;
};

/** What GitHub refuses of a problem matcher file (actions/runner, IssueMatcher.cs). @throws Error in its words */
export function checkMatchers(
  matchers: readonly {
    readonly owner: string;
    readonly severity?: string | undefined;
    readonly pattern: readonly Pattern[];
  }[],
): void {
  const owners = new Set<string>();
  for (const { owner, severity, pattern } of matchers) {
    if (owner === '') throw new Error('Owner must not be empty');
    if (severity !== undefined && !/^(?:|error|warning|notice)$/i.test(severity)) {
      throw new Error(`Matcher '${owner}' contains unexpected default severity '${severity}'`);
    }
    if (pattern.length === 0) throw new Error(`Matcher '${owner}' does not contain any patterns`);
    checkPatterns(pattern);
    if (owners.has(owner.toLowerCase())) throw new Error(`Duplicate owner name '${owner}'`);
    owners.add(owner.toLowerCase());
  }
}

function checkPatterns(patterns: readonly Pattern[]): void {
  const known = new Set<string>();
  for (const [index, pattern] of patterns.entries()) {
    if (pattern.loop === true && (index === 0 || index < patterns.length - 1)) {
      throw new Error("Only the last pattern in a multiline matcher may set 'loop'");
    }
    if (pattern.loop === true && pattern.message === undefined) {
      throw new Error("The loop pattern must set 'message'");
    }
    const { groups } = boundedPattern(pattern.regexp);
    for (const property of properties) {
      const value = pattern[property];
      if (value === undefined) continue;
      if (known.has(property)) throw new Error(`The property '${property}' is set twice`);
      if (value < 0 || value >= groups) {
        throw new Error(`The property '${property}' is set to ${value} which is out of range`);
      }
      known.add(property);
    }
  }
  if (!known.has('message')) throw new Error("At least one pattern must set 'message'");
}
