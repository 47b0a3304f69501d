import { styleText } from 'node:util';
import type { Output, Ports } from '../../ports.ts';

type Format = Parameters<typeof styleText>[0];

export type Style = (format: Format, text: string) => string;

/** Colours on a terminal (and not under NO_COLOR), the plain text elsewhere. */
export function styleFor(output: Output, env: Ports['env']): Style {
  const forced = env['FORCE_COLOR'];
  const coloured =
    forced === undefined ? output.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb' : forced !== '0';
  return coloured ? (format, text) => styleText(format, text) : (_format, text) => text;
}
