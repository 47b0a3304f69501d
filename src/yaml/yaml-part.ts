import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { type Location, TrunklineError } from '../errors.ts';
import { locationAt } from './location-at.ts';
import type { Range } from './narrow.ts';

/** A part of a YAML text, parsed: nodes keep their source tokens, and offsets are counted in the part. */
export interface YamlPart extends Range {
  readonly file: string;
  readonly text: string;
  /** The document that it is a part of: aliases may stand anywhere in it. */
  readonly around: Range;
  readonly document: Document.Parsed;
}

/** What a path of keys leads to. */
export interface YamlPlace {
  readonly part: YamlPart;
  /** Undefined for a key without a value. */
  readonly node: Node | undefined;
  /** The pair of the last key; absent in a list and at the root. */
  readonly pair?: Pair;
  /** Whether it stands in brackets. */
  readonly inFlow: boolean;
  /** Why it cannot be changed here alone, and where that shows: it is written once and used in several places. */
  readonly shared?: { readonly by: 'anchor' | 'alias'; readonly reason: string; readonly at: number };
}

/** @throws MANIFEST_INVALID for what is not YAML, with its place */
export function parsePart(file: string, text: string, range: Range, around: Range = range): YamlPart {
  const document = parseDocument(text.slice(range.start, range.end), {
    keepSourceTokens: true,
    version: '1.2',
    uniqueKeys: true,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error === undefined) return { file, text, start: range.start, end: range.end, around, document };
  throw new TrunklineError('MANIFEST_INVALID', `not YAML that can be edited: ${error.message}`, {
    location: locationAt(file, text, range.start + error.pos[0]),
    hint: 'mend it by hand first',
  });
}

export function locate(part: YamlPart, offset: number): Location {
  return locationAt(part.file, part.text, part.start + offset);
}

/** Where a place begins, for messages. */
export function locatePlace({ part, node, pair }: Pick<YamlPlace, 'part' | 'node' | 'pair'>): Location {
  const key = pair?.key;
  return locate(part, node?.range?.[0] ?? (isNode(key) ? (key.range?.[0] ?? 0) : 0));
}

export function rootPlace(part: YamlPart): YamlPlace {
  const node: unknown = part.document.contents;
  return isNode(node) ? follow({ part, node, inFlow: false }) : { part, node: undefined, inFlow: false };
}

/**
 * One key further. In a list a number counts from 0, and a word finds the entry of that `name`. Aliases and merge keys
 * are followed and remembered as shared.
 */
export function stepInto(place: YamlPlace, key: string): YamlPlace | undefined {
  const { node } = place;
  if (isMap(node)) {
    const inFlow = place.inFlow || node.flow === true;
    const own = node.items.find((pair) => isScalar(pair.key) && textOf(pair.key) === key);
    if (own !== undefined) {
      return follow({ ...place, node: isNode(own.value) ? own.value : undefined, pair: own as Pair, inFlow });
    }
    return merged(place, key);
  }
  if (!isSeq(node)) return undefined;
  const inFlow = place.inFlow || node.flow === true;
  const items = node.items.filter(isNode);
  const { pair: _, ...rest } = place;
  const all = items.map((item) => follow({ ...rest, node: item, inFlow }));
  if (/^[0-9]+$/.test(key)) return all[Number(key)];
  const named = all.filter((one) => {
    const name = stepInto(one, 'name')?.node;
    return isScalar(name) && textOf(name) === key;
  });
  if (named.length < 2) return named[0];
  throw new TrunklineError('MANIFEST_INVALID', `expected one entry with the name "${key}", found ${named.length}`, {
    location: locatePlace(named[1] ?? place),
  });
}

/** Key after key; undefined where one is missing. */
export function stepAlong(place: YamlPlace, keys: readonly string[]): YamlPlace | undefined {
  return keys.reduce<YamlPlace | undefined>((at, key) => (at === undefined ? undefined : stepInto(at, key)), place);
}

/** A scalar's text as it is written: `1.10` stays `1.10`. */
export function textOf(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  if (node.value === null) return '';
  return typeof node.value === 'string' ? node.value : (node.source ?? String(node.value));
}

function follow(place: YamlPlace): YamlPlace {
  const { part, node } = place;
  if (isAlias(node)) {
    const target = node.resolve(part.document);
    const reason = `the alias *${node.source} repeats what stands elsewhere`;
    return { ...place, node: target, shared: { by: 'alias', reason, at: node.range?.[0] ?? 0 } };
  }
  const anchor = node !== undefined && 'anchor' in node ? node.anchor : undefined;
  const alias = anchor === undefined ? undefined : aliasOf(part, anchor);
  if (alias === undefined || place.shared !== undefined) return place;
  return { ...place, shared: { by: 'anchor', reason: `the alias *${anchor} repeats it`, at: alias } };
}

/** Where an alias stands in the document, as an offset in the part: less than 0 before it. */
function aliasOf(part: YamlPart, anchor: string): number | undefined {
  const at = aliasOffset(part.text, part.around, anchor);
  return at === undefined ? undefined : at - part.start;
}

/** Where `*anchor` stands in a range of a text, be it in a comment: rather refused once too often. */
export function aliasOffset(text: string, { start, end }: Range, anchor: string): number | undefined {
  for (let at = text.indexOf(`*${anchor}`, start); at >= 0 && at < end; at = text.indexOf(`*${anchor}`, at + 1)) {
    const next = text[at + anchor.length + 1] ?? '\n';
    if (/[\s,[\]{}:]/.test(next) && /[\s,[{:-]/.test(text[at - 1] ?? '\n')) return at;
  }
  return undefined;
}

function merged(place: YamlPlace, key: string): YamlPlace | undefined {
  if (!isMap(place.node)) return undefined;
  const merge = place.node.items.find((pair) => isScalar(pair.key) && pair.key.value === '<<');
  if (merge === undefined || !isPair(merge)) return undefined;
  const sources = isSeq(merge.value) ? merge.value.items : [merge.value];
  for (const source of sources) {
    if (!isAlias(source)) continue;
    const found = stepInto(follow({ ...place, node: source }), key);
    if (found !== undefined) return found;
  }
  return undefined;
}
