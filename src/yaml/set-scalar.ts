import { CST, isNode, isScalar } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { locate, locatePlace, type YamlPlace } from './yaml-part.ts';

/** A piece of a text that gives way to another; offsets are those of the whole text. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all edits made; they may not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let out = text;
  for (const { start, end, text: piece } of [...edits].sort((a, b) => b.start - a.start))
    out = out.slice(0, start) + piece + out.slice(end);
  return out;
}

/**
 * What writes a value where a scalar stands, in the quotes that it has; only that scalar's bytes change.
 * @throws MANIFEST_INVALID for what is shared by an anchor, a block scalar, or no scalar at all.
 */
export function setScalar(place: YamlPlace, value: string): Edit {
  const { part, node, pair, shared, inFlow } = place;
  if (shared !== undefined) {
    throw new TrunklineError('MANIFEST_INVALID', `expected a value that stands for itself: ${shared.reason}`, {
      location: locate(part, shared.at),
      hint: 'write the pin out here, without anchor and alias: a change would reach whatever shares it',
    });
  }
  const token = isScalar(node) ? node.srcToken : undefined;
  if (token?.type === 'scalar' || token?.type === 'single-quoted-scalar' || token?.type === 'double-quoted-scalar') {
    const before = token.source;
    const type =
      token.type === 'double-quoted-scalar'
        ? 'QUOTE_DOUBLE'
        : token.type === 'single-quoted-scalar'
          ? 'QUOTE_SINGLE'
          : plainOrQuoted(value);
    const copy = { ...token };
    CST.setScalarValue(copy, value, { type, inFlow, implicitKey: false });
    const start = part.start + token.offset;
    return { start, end: start + before.length, text: copy.source };
  }
  if (node === undefined || (isScalar(node) && node.value === null)) {
    const colon = emptyAfter(place);
    if (colon !== undefined) return { start: colon, end: colon, text: ` ${renderScalar(value)}` };
  }
  throw new TrunklineError(
    'MANIFEST_INVALID',
    `expected a value on one line, found ${token?.type === 'block-scalar' ? 'a block of text' : 'something else'}`,
    {
      location: locatePlace({ part, node, ...(pair === undefined ? {} : { pair }) }),
      hint: 'write the pin as a plain or quoted text',
    },
  );
}

/** A value as new YAML: plain where no reader of any version of YAML takes it for something else. */
export function renderScalar(value: string, quote: '"' | "'" | '' = ''): string {
  if (quote === "'") return `'${value.replaceAll("'", "''")}'`;
  return quote === '' && plainOrQuoted(value) === 'PLAIN' ? value : JSON.stringify(value);
}

/** The offset behind the colon of a key that has no value. */
function emptyAfter({ part, pair }: YamlPlace): number | undefined {
  const tokens = isNode(pair?.key) ? pairTokens(pair) : [];
  if (tokens.some((one) => one.type === 'anchor' || one.type === 'tag')) return undefined;
  const colon = tokens.find((one) => one.type === 'map-value-ind');
  return colon === undefined ? undefined : part.start + colon.offset + 1;
}

function pairTokens(pair: YamlPlace['pair']): readonly CST.SourceToken[] {
  const item = pair?.srcToken;
  return item?.sep ?? [];
}

function plainOrQuoted(value: string): 'PLAIN' | 'QUOTE_DOUBLE' {
  const word = /^[A-Za-z][A-Za-z0-9_./@:-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value);
  const version = /^[0-9]+\.[0-9]+\.[0-9]+[A-Za-z0-9_./@:-]*$/.test(value);
  return (word || version) && !value.endsWith(':') ? 'PLAIN' : 'QUOTE_DOUBLE';
}
