import { TrunklineError } from '../errors.ts';

/** Where a value stands in a JSON text. */
export interface JsonPlace {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
}

/**
 * Finds the value that a path of keys leads to (in a list, numbers from 0), by its offsets in the text; undefined where a key is absent.
 * @throws MANIFEST_INVALID with line and column for what is not JSON, and for keys that stand twice.
 */
export function findJson(file: string, text: string, keys: readonly string[]): JsonPlace | undefined {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  let found: JsonPlace | undefined;

  const fail = (message: string, offset = at): never => {
    const before = text.slice(0, offset).split('\n');
    const location = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    throw new TrunklineError('MANIFEST_INVALID', message, { location });
  };
  const space = (): void => {
    while (isSpace(text.charCodeAt(at))) at += 1;
  };
  const expect = (character: string): void => {
    if (text[at] !== character) fail(`expected ${JSON.stringify(character)}, found ${describe(text[at])}`);
    at += 1;
  };
  const scalar = (pattern: RegExp): unknown => {
    pattern.lastIndex = at;
    const token = pattern.exec(text)?.[0];
    if (token === undefined) return fail(`expected a JSON value, found ${describe(text[at])}`);
    try {
      const value: unknown = JSON.parse(token);
      at += token.length;
      return value;
    } catch {
      return fail(`expected a JSON value, found ${describe(token)}`);
    }
  };
  const string = (): string => String(scalar(/"(?:[^"\\\u0000-\u001f]|\\.)*"/y));

  let depth = 0;
  /** `rest`: the keys still to be followed, undefined off the path. */
  const value = (rest: readonly string[] | undefined): unknown => {
    space();
    const start = at;
    let read: unknown;
    if (++depth > 500) fail('expected at most 500 levels, found more');
    if (text[at] === '{') read = object(rest);
    else if (text[at] === '[') read = array(rest);
    else if (text[at] === '"') read = string();
    else read = scalar(/-?[0-9][0-9.eE+-]*|true|false|null/y);
    if (rest?.length === 0) found = { start, end: at, value: read };
    space();
    depth -= 1;
    return read;
  };
  const object = (rest: readonly string[] | undefined): unknown => {
    const seen = new Set<string>();
    expect('{');
    space();
    while (text[at] !== '}') {
      if (seen.size > 0) {
        expect(',');
        space();
      }
      const place = at;
      if (text[at] !== '"') fail(`expected a key in double quotes, found ${describe(text[at])}`);
      const key = string();
      if (seen.has(key)) fail(`the key ${JSON.stringify(key)} stands twice`, place);
      seen.add(key);
      space();
      expect(':');
      value(rest !== undefined && rest[0] === key ? rest.slice(1) : undefined);
    }
    at += 1;
    return {};
  };
  const array = (rest: readonly string[] | undefined): unknown => {
    expect('[');
    space();
    for (let index = 0; text[at] !== ']'; index++) {
      if (index > 0) expect(',');
      value(rest !== undefined && rest[0] === String(index) ? rest.slice(1) : undefined);
    }
    at += 1;
    return [];
  };

  value(keys);
  if (at < text.length) fail(`expected the end of the file, found ${describe(text[at])}`);
  return found;
}

/** Space, tab and the two that break lines. */
function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

function describe(text: string | undefined): string {
  return text === undefined ? 'the end of the file' : JSON.stringify(text);
}
