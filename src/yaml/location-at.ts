import type { Location } from '../errors.ts';

/** Line and column of an offset in a text, both from 1. */
export function locationAt(file: string, text: string, offset: number): Location {
  const from = text.startsWith('\uFEFF') ? 1 : 0;
  const before = text.slice(from, Math.max(from, offset));
  const lastBreak = before.lastIndexOf('\n');
  let line = 1;
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line += 1;
  return { file, line, column: before.length - lastBreak };
}
