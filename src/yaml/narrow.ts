/**
 * Finds parts of large YAML texts by their lines, so that only the part that matters is parsed. Sound for valid YAML: in
 * a block mapping, a line with its own indent begins with a key, for whatever spans several lines is indented more.
 * What does not look that simple is not cut: whoever asks parses the whole then.
 */

export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface Narrowed extends Range {
  /** The keys that are left to follow: the part begins with the first of them. */
  readonly keys: readonly string[];
  /** Anchors that stand on the way to it: an alias to one of them repeats the part elsewhere. */
  readonly anchors: readonly string[];
}

interface Entry extends Range {
  readonly key: string;
  /** What stands on the key's own line, comment and all. */
  readonly inline: string;
  /** Where the lines below the key begin. */
  readonly below: number;
}

/** The documents of a text that hold something. A line that begins with `---` always begins one. */
export function documentRanges(text: string): readonly Range[] {
  const starts = [text.startsWith('\uFEFF') ? 1 : 0];
  for (const { 0: marker, index } of text.matchAll(/^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm)) {
    starts.push(marker === '...' ? lineEnd(text, index, text.length) : index);
  }
  return starts
    .map((start, index) => ({ start, end: starts[index + 1] ?? text.length }))
    .filter(({ start, end }) => somethingElse.test(text.slice(start, end)));
}

/** A line that is more than a marker, a directive or a comment. */
const somethingElse = /^(?!(?:%.*|(?:---|\.\.\.)?[ \t]*(?:#.*)?)\r?$)/m;

/** The entry of a block mapping that a path of keys leads to, as deep as lines tell. */
export function narrow(text: string, range: Range, keys: readonly string[]): Narrowed {
  let found: Narrowed = { ...range, keys, anchors: [] };
  let inner: Range = skipMarker(text, range);
  for (let depth = 0; depth < keys.length; depth++) {
    const entries = mappingEntries(text, inner);
    const mine = entries?.filter((entry) => entry.key === keys[depth]);
    const [entry] = mine ?? [];
    if (entry === undefined || mine?.length !== 1) return found;
    const anchor = /^[ \t]*&([^\s,[\]{}]+)[ \t]*(?:[ \t]#.*)?$/.exec(entry.inline)?.[1];
    found = { start: entry.start, end: entry.end, keys: keys.slice(depth), anchors: found.anchors };
    if (anchor === undefined && !/^[ \t]*(?:#.*)?$/.test(entry.inline)) return found;
    if (anchor !== undefined) found = { ...found, anchors: [...found.anchors, anchor] };
    inner = { start: entry.below, end: entry.end };
  }
  return found;
}

/**
 * The parts of a document that have a text in them: entries of mappings and items of lists, each by itself, as small as
 * lines tell. Where one of `parts` is the key that has it, the mapping around it, for its other keys belong to it.
 */
export function narrowToText(text: string, range: Range, sought: string, parts: readonly string[]): readonly Range[] {
  // Anchors and aliases mean something in the whole only.
  if (/(?:^|[\s[{,:-])[*&][A-Za-z0-9_]/m.test(text.slice(range.start, range.end))) return [range];
  return inside(text, skipMarker(text, range), sought, parts);
}

function inside(text: string, range: Range, sought: string, parts: readonly string[]): readonly Range[] {
  const has = ({ start, end }: Range): boolean => text.slice(start, end).includes(sought);
  const items = sequenceItems(text, range);
  if (items !== undefined && items.length > 0) return items.filter(has);
  const entries = mappingEntries(text, range);
  if (entries === undefined) return [range];
  const found = entries.filter(has);
  if (found.some((entry) => parts.includes(entry.key) && entry.inline.includes(sought))) return [range];
  return found.flatMap((entry) =>
    entry.below < entry.end && /^[ \t]*(?:#.*)?$/.test(entry.inline)
      ? inside(text, { start: entry.below, end: entry.end }, sought, parts)
      : [entry],
  );
}

/** The items of the block sequence that a range of whole lines holds; undefined where it is not plainly one. */
export function sequenceItems(text: string, range: Range): readonly Range[] | undefined {
  const starts: number[] = [];
  let indent = -1;
  for (let at = range.start; at < range.end; at = lineEnd(text, at, range.end)) {
    const column = contentColumn(text, at, range.end);
    if (column === undefined) continue;
    if (column < 0) return undefined;
    if (indent < 0) indent = column;
    if (column > indent) continue;
    if (column < indent || !/^-[ \r\n]/.test(text.slice(at + column, at + column + 2))) return undefined;
    starts.push(at);
  }
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? range.end }));
}

/** The entries of the block mapping that a range of whole lines holds; undefined where it is not plainly one. */
function mappingEntries(text: string, range: Range): readonly Entry[] | undefined {
  const entries: Omit<Entry, 'end'>[] = [];
  let indent = -1;
  for (let at = range.start; at < range.end; at = lineEnd(text, at, range.end)) {
    const column = contentColumn(text, at, range.end);
    if (column === undefined) continue;
    if (column < 0) return undefined;
    if (indent < 0) indent = column;
    if (column > indent) continue;
    if (column < indent) return undefined;
    const below = lineEnd(text, at, range.end);
    const line = text.slice(at + column, below).replace(/\r?\n$/, '');
    const match = keyLine.exec(line);
    if (match === null) return undefined;
    const key = match[1] ?? match[2] ?? match[3] ?? '';
    entries.push({ key, inline: match[4] ?? '', start: at, below });
  }
  return entries.map((entry, index) => ({ ...entry, end: entries[index + 1]?.start ?? range.end }));
}

const keyLine = /^(?:"([^"\\]*)"|'([^']*)'|([A-Za-z0-9_./<][^\s:#]*(?:[ ][^\s:#]+)*))[ \t]*:((?:[ \t].*)?)$/;

/** Spaces before a line's content; undefined for an empty line or a comment, less than 0 where a tab indents it. */
function contentColumn(text: string, at: number, end: number): number | undefined {
  let column = 0;
  while (text[at + column] === ' ') column += 1;
  const first = at + column < end ? text[at + column] : '\n';
  if (first === '\n' || first === '\r' || first === '#') return undefined;
  return first === '\t' ? -1 : column;
}

function lineEnd(text: string, at: number, end: number): number {
  const feed = text.indexOf('\n', at);
  return feed < 0 || feed >= end ? end : feed + 1;
}

/** Lines below `---` and directives; the same range where something stands on the marker's line. */
function skipMarker(text: string, range: Range): Range {
  const match = /^(?:(?:%.*|[ \t]*(?:#.*)?)\r?\n)*---[ \t]*(?:#.*)?(?:\r?\n|$)/.exec(
    text.slice(range.start, range.end),
  );
  return match === null ? range : { start: range.start + match[0].length, end: range.end };
}
