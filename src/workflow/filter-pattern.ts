import { TrunklineError } from '../errors.ts';

/**
 * GitHub's filter patterns for branches, tags and paths (docs.github.com, "Filter pattern cheat sheet"): `*` without
 * `/`, `**` with, `?` and `+` on the character before, `[]` ranges, `!` at the start, `\` before a character taken as is.
 */
export function filterPattern(pattern: string): {
  readonly negative: boolean;
  readonly matches: (text: string) => boolean;
} {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const negative = pattern.startsWith('!');
  const expression = toExpression(negative ? pattern.slice(1) : pattern, pattern);
  const made = { negative, matches: (text: string) => expression.test(text) };
  if (compiled.size >= 1000) compiled.clear();
  compiled.set(pattern, made);
  return made;
}

const compiled = new Map<string, ReturnType<typeof filterPattern>>();

function toExpression(body: string, pattern: string): RegExp {
  const tokens = /\*\*\/|\*+|\[[^\]]*\]|\\.|./gsu;
  const parts = (body.match(tokens) ?? []).map((token, index) => {
    if (token === '**/') return '(?:.+/)?';
    if (token.startsWith('**')) return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?' || token === '+') return index === 0 ? `\\${token}` : token;
    if (token.length > 1 && token.startsWith('[')) return range(token, pattern);
    if (token === '[') throw refused(pattern, "Missing closing bracket ']' after '['");
    if (token === '\\') throw refused(pattern, 'Missing symbol after \\');
    return quote(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token);
  });
  try {
    return new RegExp(`^${parts.join('')}$`, 's');
  } catch {
    throw refused(pattern, 'it repeats nothing');
  }
}

function range(token: string, pattern: string): string {
  if (token === '[]') throw refused(pattern, "Unexpected empty brackets '[]'");
  if (!/^\[(?:[A-Za-z](?:-[A-Za-z])?|[0-9](?:-[0-9])?|[_.])+\]$/.test(token)) {
    throw refused(pattern, 'Ranges can only include a-z, A-Z, and 0-9');
  }
  return token;
}

function quote(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function refused(pattern: string, why: string): TrunklineError {
  return new TrunklineError('WORKFLOW_INVALID', `Invalid filter pattern '${pattern}': ${why}`);
}

/** Whether the patterns, of which the last that fits decides, take the text in. */
export function included(patterns: readonly string[], text: string): boolean {
  let taken = false;
  for (const { negative, matches } of patterns.map(filterPattern)) if (matches(text)) taken = !negative;
  return taken;
}
