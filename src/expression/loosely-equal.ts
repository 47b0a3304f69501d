import { equals } from '@actions/expressions/result';
import { Converter } from './data.ts';

/** `==` of expressions: texts without case, other types by their number, mappings and lists only as themselves. */
export function looselyEqual(a: unknown, b: unknown): boolean {
  const converter = new Converter();
  return equals(converter.convert(a), converter.convert(b));
}
