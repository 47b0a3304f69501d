import { z } from 'zod';
import { type BoundedPattern, boundedPattern } from './bounded-pattern.ts';
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
/** What the groups of a matcher's patterns are called. */
export type Found = Readonly<Partial<Record<(typeof keys)[number], string>>>;
type Pattern = z.infer<typeof pattern> & { readonly regex: BoundedPattern };

/** One problem matcher, and how far its patterns have matched. */
export interface Matcher {
  readonly owner: string;
  readonly defaults: Found;
  readonly patterns: readonly Pattern[];
  /** What each pattern but the last has matched. */
  state: (Found | undefined)[];
}

/** The matchers of a problem matcher file. @throws for a bad one, in GitHub's words */
export function readMatchers(text: string): readonly Matcher[] {
  const { problemMatcher } = matcherFile.parse(JSON.parse(text));
  checkMatchers(problemMatcher);
  return problemMatcher.map(({ owner, pattern: patterns, severity, fromPath }) => ({
    owner,
    defaults: { ...(severity === undefined ? {} : { severity }), ...(fromPath === undefined ? {} : { fromPath }) },
    patterns: patterns.map((each) => ({ ...each, regex: boundedPattern(each.regexp) })),
    state: [],
  }));
}

/** Whom the file speaks of, whatever else is in it. */
export function matcherOwners(text: string): readonly { readonly owner: string }[] {
  return matcherFile.parse(JSON.parse(text)).problemMatcher;
}

/**
 * What the line completes; undefined where it completes nothing. The patterns match lines that follow each other; the
 * last may match again and again where it loops.
 */
export function matchLine(matcher: Matcher, line: string): Found | undefined {
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
    return { ...matcher.defaults, ...found };
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
