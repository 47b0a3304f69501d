import { isMap, isNode, isScalar, isSeq, type YAMLMap } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { documentRanges } from '../yaml/narrow.ts';
import { type Edit, renderScalar } from '../yaml/set-scalar.ts';
import { locatePlace, parsePart, rootPlace, stepInto, textOf, type YamlPlace } from '../yaml/yaml-part.ts';
import type { KustomizePlace } from './kustomize-pin.ts';
import { labelOf, type PinnedRelease } from './pin.ts';

type Quote = '"' | "'" | '';

/** Adds a key to the end of an entry, on a line of its own or in its brackets. */
export function addKey(entry: YamlPlace, key: string, value: string): Edit {
  const { node, part, shared } = entry;
  const last = isMap(node) ? node.items.at(-1) : undefined;
  const first = isMap(node) ? node.items[0]?.key : undefined;
  const lastValue = last?.value;
  if (shared !== undefined || !isMap(node) || !isNode(first) || !isNode(lastValue) || lastValue.range == null) {
    throw new TrunklineError('MANIFEST_INVALID', `expected an entry to which "${key}" can be added`, {
      location: locatePlace(entry),
      hint: `add it by hand: ${key}: ""`,
    });
  }
  const end = part.start + lastValue.range[1];
  const pair = `${key}: ${renderScalar(value, quoteOf(node))}`;
  if (node.flow === true || entry.inFlow) return { start: end, end, text: `, ${pair}` };
  const line = lineEndAfter(part.text, end);
  const indent = columnOf(part.text, part.start + (first.range?.[0] ?? 0));
  const eol = eolOf(part.text);
  const joint = part.text.slice(0, line).endsWith('\n') ? '' : eol;
  return { start: line, end: line, text: `${joint}${' '.repeat(indent)}${pair}${joint === '' ? eol : ''}` };
}

/** Adds an entry for an image to `images:`, in the style of those that are there; the list too, where there is none. */
export function addImage({ file, image }: KustomizePlace, text: string, release: PinnedRelease): string {
  const [range] = documentRanges(text);
  const eol = eolOf(text);
  if (range === undefined)
    return insertLines(text, text.length, block(pairs(image, release, []), 0, '', eol, 'images:'), eol);
  const root = rootPlace(parsePart(file, text, range));
  const images = isMap(root.node) ? stepInto(root, 'images') : undefined;
  if (!isMap(root.node) || root.node.flow === true || images?.shared !== undefined) {
    throw new TrunklineError('MANIFEST_INVALID', 'expected a kustomization to which an image can be added', {
      location: locatePlace(images ?? root),
      hint: `add it by hand: images: [{ name: ${image}, digest: "" }]`,
    });
  }
  const list = images?.node;
  if (isSeq(list) && list.items.length > 0) {
    const items = list.items.filter(isMap);
    const wanted = pairs(image, release, items);
    const last = list.items.at(-1);
    const end = images === undefined || !isNode(last) ? text.length : images.part.start + contentEnd(images, last);
    const quote = items[0] === undefined ? '' : quoteOf(items[0]);
    if (list.flow === true) return splice(text, end, `, { ${inline(wanted, quote)} }`);
    const line = lineEndAfter(text, end);
    const start = images === undefined ? 0 : images.part.start + (list.range?.[0] ?? 0);
    return insertLines(text, line, block(wanted, columnOf(text, start), quote, eol), eol);
  }
  const wanted = pairs(image, release, []);
  const indent = listIndent(root, text);
  if (images === undefined) {
    const end = range.start + contentEnd(root, root.node);
    const line = lineEndAfter(text, end);
    return insertLines(text, line, block(wanted, indent, '', eol, 'images:'), eol);
  }
  return replaceEmpty(images, text, block(wanted, indent, '', eol), eol);
}

/** `images: []` and `images:` give way to a list. */
function replaceEmpty(images: YamlPlace, text: string, entries: string, eol: string): string {
  const { node, pair, part } = images;
  if (node !== undefined && !(isScalar(node) && node.value === null) && !isSeq(node)) {
    throw new TrunklineError('MANIFEST_INVALID', 'expected a list of images', { location: locatePlace(images) });
  }
  const empty = isSeq(node) ? node.range : undefined;
  const key = isNode(pair?.key) ? (pair.key.range?.[1] ?? 0) : 0;
  const cut =
    empty == null
      ? text
      : text.slice(0, part.start + empty[0]).replace(/[ \t]+$/, '') + text.slice(part.start + empty[1]);
  return insertLines(cut, lineEndAfter(cut, part.start + key), entries, eol);
}

/** What an entry says: in the order of the first one there is, with `newTag` where the others keep one. */
function pairs(
  image: string,
  release: PinnedRelease,
  items: readonly YAMLMap[],
): readonly (readonly [string, string])[] {
  const keeps = (key: string): boolean => items.some((item) => item.has(key));
  const name = release.image === undefined || release.image === image ? [] : [['newName', release.image] as const];
  const tag = release.tag !== undefined || keeps('newTag') ? [['newTag', labelOf(release)] as const] : [];
  const wanted = [['name', image] as const, ...name, ...tag, ['digest', release.digest] as const];
  const order = (items[0]?.items ?? []).map((pair) => textOf(pair.key) ?? '');
  const rank = (key: string): number => (order.includes(key) ? order.indexOf(key) : order.length);
  return order.length === 0 ? wanted : [...wanted].sort(([a], [b]) => rank(a) - rank(b));
}

function block(
  wanted: readonly (readonly [string, string])[],
  indent: number,
  quote: Quote,
  eol: string,
  heading?: string,
): string {
  const space = ' '.repeat(indent);
  const lines = wanted.map(
    ([key, value], index) => `${space}${index === 0 ? '- ' : '  '}${key}: ${renderScalar(value, quote)}`,
  );
  return [...(heading === undefined ? [] : [heading]), ...lines].map((line) => `${line}${eol}`).join('');
}

function inline(wanted: readonly (readonly [string, string])[], quote: Quote): string {
  return wanted.map(([key, value]) => `${key}: ${renderScalar(value, quote)}`).join(', ');
}

/** The quotes of an entry's last value; none where they differ from line to line. */
function quoteOf(map: YAMLMap): Quote {
  const types = map.items.map((pair) => (isScalar(pair.value) ? pair.value.type : undefined));
  if (types.every((type) => type === 'QUOTE_DOUBLE')) return '"';
  return types.every((type) => type === 'QUOTE_SINGLE') ? "'" : '';
}

/** How far the file's other lists are indented. */
function listIndent(root: YamlPlace, text: string): number {
  if (!isMap(root.node)) return 0;
  for (const { value } of root.node.items) {
    if (isSeq(value) && value.flow !== true && value.range != null)
      return columnOf(text, root.part.start + value.range[0]);
  }
  return 0;
}

/** Where a node's last character is, comments and empty lines behind it left out; offset in the part. */
function contentEnd(
  { part }: YamlPlace,
  node: { readonly range?: readonly [number, number, number] | null | undefined },
): number {
  const [from, to] = [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
  return from + part.text.slice(part.start + from, part.start + to).trimEnd().length;
}

function lineEndAfter(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed < 0 ? text.length : feed + 1;
}

function columnOf(text: string, at: number): number {
  return (
    at -
    (text.lastIndexOf('\n', at - 1) + 1) -
    (text.startsWith('\uFEFF') && text.lastIndexOf('\n', at - 1) < 0 ? 1 : 0)
  );
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Puts whole lines into a text; at the end of one without a line break, they end without one too. */
function insertLines(text: string, at: number, lines: string, eol: string): string {
  const head = text.slice(0, at);
  const open = head !== '' && head !== '\uFEFF' && !head.endsWith('\n');
  return open ? `${head}${eol}${lines.slice(0, -eol.length)}${text.slice(at)}` : `${head}${lines}${text.slice(at)}`;
}

function splice(text: string, at: number, piece: string): string {
  return text.slice(0, at) + piece + text.slice(at);
}
