import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { TrunklineError } from '../errors.ts';

/** Keys and texts of one entry, in the order in which they are written. */
export type Entry = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Adds an entry to the end of a file that holds one list; every other byte stays. An empty text becomes such a file.
 * @throws MANIFEST_INVALID when the file holds anything but a block list.
 */
export function appendEntry(file: string, text: string, entry: Entry): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const { indent, empty } = listOf(file, text);
  const lines = renderEntry(entry).map((line) => `${' '.repeat(indent)}${line}${eol}`);
  const before = empty === undefined ? text : text.slice(0, empty[0]) + text.slice(empty[1]);
  const joint = before === '' || before === '\uFEFF' || before.endsWith('\n') ? '' : eol;
  return `${before}${joint}${lines.join('')}`;
}

/** Takes out the entries that match; comments between entries and every other byte stay. Errors as `appendEntry`. */
export function removeEntries(
  file: string,
  text: string,
  matches: (entry: Readonly<Record<string, unknown>>) => boolean,
): string {
  const { ranges } = listOf(file, text);
  let out = text;
  for (const { value, start, end } of [...ranges].reverse()) {
    if (!matches(value)) continue;
    const from = out.lastIndexOf('\n', start - 1) + 1;
    const feed = out.indexOf('\n', end);
    out = out.slice(0, from === 0 && out.startsWith('\uFEFF') ? 1 : from) + (feed < 0 ? '' : out.slice(feed + 1));
  }
  return out;
}

interface ListFacts {
  readonly indent: number;
  /** Range of an empty flow list, which gives way to the first entry. */
  readonly empty?: readonly [number, number];
  readonly ranges: readonly { readonly value: Record<string, unknown>; readonly start: number; readonly end: number }[];
}

function listOf(file: string, text: string): ListFacts {
  const document = parseDocument(text, { version: '1.2' });
  const [error] = document.errors;
  if (error !== undefined) throw invalid(file, error.message);
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return { indent: 0, ranges: [] };
  if (!isSeq(root)) throw invalid(file, 'expected a list of entries that start with "- "');
  if (root.flow === true) {
    if (root.items.length > 0) throw invalid(file, 'expected entries that start with "- ", found a list in brackets');
    return { indent: 0, empty: [root.range?.[0] ?? 0, root.range?.[1] ?? 0], ranges: [] };
  }
  const start = root.range?.[0] ?? 0;
  const indent = start - (text.lastIndexOf('\n', start - 1) + 1) - (text.startsWith('\uFEFF') && start === 1 ? 1 : 0);
  const ranges = root.items.map((item) => {
    if (!isMap(item) || item.range == null) throw invalid(file, 'expected every entry to have keys and values');
    const [from, end] = item.range;
    // The value's range may take in the line break that ends it.
    const last = from + text.slice(from, end).trimEnd().length;
    return { value: item.toJS(document) as Record<string, unknown>, start: from, end: last };
  });
  return { indent, ranges };
}

function renderEntry(entry: Entry): string[] {
  const pairs = Object.entries(entry).filter((pair): pair is [string, string | string[]] => pair[1] !== undefined);
  return pairs.map(([key, value], index) => `${index === 0 ? '- ' : '  '}${key}: ${renderValue(value)}`);
}

function renderValue(value: string | readonly string[]): string {
  if (typeof value !== 'string') return `[${value.map(renderValue).join(', ')}]`;
  // Plain where no reader of any YAML version could take it for something else; JSON's quotes are YAML's too.
  return /^[A-Za-z][A-Za-z0-9_/.-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function invalid(file: string, message: string): TrunklineError {
  return new TrunklineError('MANIFEST_INVALID', `${file}: ${message}`, { location: { file } });
}
