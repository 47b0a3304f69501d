import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments, parseDocument, stringify, type ToStringOptions } from 'yaml';
import { documentRanges, narrow, narrowToText, sequenceItems } from './narrow.ts';

const keys = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'image', 'x-1', 'one two', 'app.kubernetes.io/name') },
  fc.string({ minLength: 1, maxLength: 5 }),
);
const texts = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    'a: b',
    '# no',
    '- x',
    'two\nlines: here\n',
    '  led\n\nby: space',
    '---',
    '"',
    "'",
    'x'.repeat(120),
    '*a',
    '&b',
  ),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    texts,
    fc.constantFrom(null, 1, true, 1.5),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
  ),
}));
const styles: fc.Arbitrary<ToStringOptions> = fc.record({
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any', 'flow'),
  defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_FOLDED', 'BLOCK_LITERAL'),
  lineWidth: fc.constantFrom(20, 80),
});

/** Every path of keys through mappings that a value has. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

test('a part of any document says of a path what the whole says', () => {
  fc.assert(
    fc.property(
      fc.dictionary(keys, tree, { minKeys: 1 }),
      styles,
      fc.boolean(),
      fc.boolean(),
      (value, style, crlf, headed) => {
        const body = `${headed ? '# top\n---\n' : ''}${stringify(value, style)}`;
        const text = crlf ? body.replaceAll('\n', '\r\n') : body;
        const whole = parseDocument(text, { version: '1.2' });
        fc.pre(whole.errors.length === 0);
        const [range] = documentRanges(text);
        if (range === undefined) return;
        for (const path of pathsOf(whole.toJS() as unknown)) {
          const part = narrow(text, range, path);
          const read = parseDocument(text.slice(part.start, part.end), { version: '1.2' });
          expect(read.errors).toEqual([]);
          const found: unknown = part.keys.reduce<unknown>(
            (at, key) => (at as Record<string, unknown>)[key],
            read.toJS(),
          );
          const wanted: unknown = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], whole.toJS());
          expect(found).toEqual(wanted);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('parts that have a text in them have all that is in the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(keys, texts, { minKeys: 1 }), { minLength: 1 }), styles, (list, style) => {
      const text = stringify({ list: list.map((one) => ({ ...one, image: 'acme/sought' })) }, style);
      const [range] = documentRanges(text);
      if (range === undefined) return;
      const parts = narrowToText(text, range, 'acme/sought', ['repository']);
      const all = parts.map((part) => text.slice(part.start, part.end)).join('');
      expect(all.split('acme/sought').length - 1).toBe(text.split('acme/sought').length - 1);
      for (const part of parts)
        expect(parseDocument(text.slice(part.start, part.end), { version: '1.2' }).errors).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

test('documents are those that hold something', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('---\n', '...\n', 'a: 1\n', '# c\n', '\n', 'b: |\n  ---\n'), { maxLength: 8 }),
      (pieces) => {
        const text = pieces.join('');
        const documents = parseAllDocuments(text, { version: '1.2' });
        fc.pre(Array.isArray(documents) && documents.every((one) => one.errors.length === 0));
        const full = (Array.isArray(documents) ? documents : []).filter(
          (one) => one.contents !== null && one.toJS() !== null,
        );
        expect(
          documentRanges(text).map(({ start, end }) => parseDocument(text.slice(start, end)).toJS() as unknown),
        ).toEqual(full.map((one) => one.toJS() as unknown));
      },
    ),
    { numRuns: 200 },
  );
});

test('a list that is not plainly one is left to whoever parses it', () => {
  const text = '- a\n- b:\n    c\n  - d\n';
  expect(sequenceItems(text, { start: 0, end: text.length })).toHaveLength(2);
  expect(sequenceItems('- a\nb: 1\n', { start: 0, end: 9 })).toBeUndefined();
  expect(sequenceItems('\t- a\n', { start: 0, end: 5 })).toBeUndefined();
});
