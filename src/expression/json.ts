import * as data from '@actions/expressions/data/index';
import { MappingValue, NumberValue, type Value } from './data.ts';
import type { JsonValue } from './template.ts';

/** Before every key while JSON is parsed: keeps the order of keys that look like integers, and `__proto__` a key. */
const mark = '#';

/** @throws what GitHub says for text that is no JSON */
export function parseJson(text: string): Value {
  if (text.trim() === '') throw new Error('Error parsing fromJson: empty input');
  const marked = text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g, (token: string, colon: string | undefined) =>
    colon === undefined ? token : `"${mark}${token.slice(1)}`,
  );
  let parsed: unknown;
  try {
    parsed = JSON.parse(marked);
  } catch (error) {
    throw new Error(`Error parsing fromJson: ${error instanceof Error ? error.message : ''}`);
  }
  return fromMarked(parsed);
}

function fromMarked(value: unknown): Value {
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new NumberValue(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (value === null || typeof value !== 'object') return new data.Null();
  if (Array.isArray(value)) {
    const array = new data.Array();
    for (const item of value) array.add(fromMarked(item));
    return array;
  }
  return new MappingValue(
    Object.entries(value).map(([key, entry]): readonly [string, () => Value] => {
      const made = fromMarked(entry);
      return [key.slice(mark.length), () => made];
    }),
  );
}

/** `toJSON`: two spaces, numbers as GitHub writes them. */
export function writeJson(value: Value, indent = ''): string {
  const inner = `${indent}  `;
  switch (value.kind) {
    case data.Kind.Array: {
      const items = value.values().map((item) => `${inner}${writeJson(item, inner)}`);
      return items.length === 0 ? '[]' : `[\n${items.join(',\n')}\n${indent}]`;
    }
    case data.Kind.Dictionary: {
      const pairs = value.pairs().map((pair) => `${inner}${JSON.stringify(pair.key)}: ${writeJson(pair.value, inner)}`);
      return pairs.length === 0 ? '{}' : `{\n${pairs.join(',\n')}\n${indent}}`;
    }
    case data.Kind.String:
      return JSON.stringify(value.value);
    case data.Kind.Null:
      return 'null';
    default:
      return value.coerceString();
  }
}

/** Plain JSON of a value. Keys that look like integers come first in objects, as JavaScript has it. */
export function toPlain(value: Value): JsonValue {
  switch (value.kind) {
    case data.Kind.Array:
      return value.values().map(toPlain);
    case data.Kind.Dictionary:
      return Object.fromEntries(value.pairs().map((pair) => [pair.key, toPlain(pair.value)]));
    case data.Kind.String:
    case data.Kind.Boolean:
    case data.Kind.Number:
      return value.value;
    default:
      return null;
  }
}
