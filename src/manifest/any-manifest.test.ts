import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseDigest } from '../model/digest.ts';
import { readPinAt, setPinAt } from './manifest.ts';
import type { ManifestPlace } from './place.ts';

/** Any document of any kind: set then read gives it back, every other byte equal, twice as once. */
const old = parseDigest(`sha256:${'a'.repeat(64)}`);
const next = parseDigest(`sha256:${'b'.repeat(64)}`);
const release = { digest: next, image: 'ghcr.io/acme/api', tag: 'v2' };

interface Pinned {
  /** Each hole's text before and after. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}
const quotes = fc.constantFrom('', '"', "'");
const words = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
/** YAML around it that means nothing to us. */
const noise = fc.constantFrom(
  '',
  '# a comment: "with" *signs &here\n',
  'list: [1,\t2, "x: y"] # t\n',
  'text: |\n  image: no/pin:v1\n  - "\n\n  digest: x\n',
  'folded: >-\n  a\n\n  b\n',
  'anchored: &base { a: 1 }\nrepeated: *base\n',
  '\'quoted key\': "a\\"b"\n',
  'long: "one\n  two: three"\n',
  'empty:\n',
  '\n',
);

function holes(template: string, texts: readonly string[]): string {
  return texts.reduce((out, text, index) => out.replaceAll(`<${index}>`, () => text), template);
}

function holds(
  place: ManifestPlace,
  template: fc.Arbitrary<string>,
  pinned: fc.Arbitrary<Pinned>,
  valid: (text: string) => boolean = () => true,
): void {
  const shapes = fc.record({
    template,
    pinned,
    crlf: fc.boolean(),
    bom: fc.boolean(),
    cut: fc.boolean(),
  });
  fc.assert(
    fc.property(shapes, ({ template: text, pinned: { before, after }, crlf, bom, cut }) => {
      const wrap = (texts: readonly string[]): string => {
        const lines = holes(cut ? text.trimEnd() : text, texts);
        return `${bom ? '\uFEFF' : ''}${crlf ? lines.replaceAll('\n', '\r\n') : lines}`;
      };
      fc.pre(valid(wrap(before)));
      const once = setPinAt(place, wrap(before), release);
      expect(once).toBe(wrap(after));
      expect(readPinAt(place, once)?.digest).toBe(next);
      expect(setPinAt(place, once, release)).toBe(once);
    }),
    { numRuns: 200 },
  );
}

const isYaml = (text: string): boolean => {
  try {
    parse(text.replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
};
const reference: fc.Arbitrary<Pinned> = quotes.chain((quote) =>
  fc
    .constantFrom<[string, string]>(
      [`acme/api:v1@${old}`, `acme/api:v2@${next}`],
      [`acme/api@${old}`, `acme/api@${next}`],
      [old, next],
      ['acme/api:v1', `acme/api:v2@${next}`],
    )
    .map(([before, after]) => ({ before: [quote + before + quote], after: [quote + after + quote] })),
);
const parts: fc.Arbitrary<Pinned> = quotes.map((quote) => ({
  before: [`${quote}v1${quote}`, `${quote}${old}${quote}`],
  after: [`${quote}v2${quote}`, `${quote}${next}${quote}`],
}));

test('YAML by path', () => {
  const template = fc
    .tuple(noise, noise, words, fc.constantFrom('api:\n  image:   <0> # it\n', 'api: { a: 1,\timage: <0>\t}\n'))
    .map(
      ([a, b, word, pin]) =>
        `${a}z-${word}: ${word}\n${pin}${b.replaceAll(/^(\w+|'[^']*'):/gm, 'x-$1:').replaceAll('base', 'other')}`,
    );
  holds({ kind: 'yaml', file: 'f', keys: ['api', 'image'] }, template, reference, isYaml);
});

test('Helm values in parts', () => {
  const template = fc
    .tuple(noise, fc.boolean(), fc.constantFrom('', '  pullPolicy: Always # p\n', '\n  # between\n'))
    .map(([a, turned, between]) => {
      const [one, other] = turned ? ['digest: <1>', 'tag: <0>'] : ['tag: <0>', 'digest: <1>'];
      return `${a}image:\n  repository: acme/api\n  ${one}\n${between}  ${other} # o\nafter: 1\n`;
    });
  holds({ kind: 'yaml', file: 'f', keys: ['image'] }, template, parts, isYaml);
});

test('YAML by image', () => {
  const template = fc
    .tuple(noise, fc.integer({ min: 0, max: 3 }))
    .map(
      ([a, before]) =>
        `${a}spec:\n${'  - image: acme/web:v1\n'.repeat(before)}  - x: 1\n    image: <0>\n  - image: acme/api-two:1\n`,
    );
  const named = reference.filter(({ before }) => !before[0]?.replaceAll(/["']/g, '').startsWith('sha256'));
  holds({ kind: 'yaml', file: 'f', image: 'acme/api' }, template, named, isYaml);
});

test('Kustomize', () => {
  const template = fc
    .tuple(noise, fc.array(words, { maxLength: 4 }), fc.constantFrom('', '  '))
    .map(([a, others, indent]) => {
      const entries = others.map((name) => `${indent}- name: x-${name}\n${indent}  newTag: v0\n`).join('');
      return `${a}images: # i\n${entries}${indent}- newTag: <0> # t\n${indent}  name: acme/api\n${indent}  digest: <1>\n${indent}- name: acme/api-two\nafter: 1\n`;
    });
  holds({ kind: 'kustomize', file: 'f', image: 'acme/api' }, template, parts, isYaml);
});

test('nothing that shares a pin by an anchor ever changes with it', () => {
  const repeated = fc.constantFrom('', 'b: *x\n', 'b: [1, { c: *x }]\n', 'b:\n  - *x\n', 'b: { <<: *x }\n', '# *x\n');
  const pin = fc.constantFrom(
    `api: &x\n  image: a/b@${old}\n`,
    `api:\n  image: &x a/b@${old}\n`,
    `api: { image: &x "a/b@${old}" }\n`,
    `api:\n  image: &x\n    tag: v1\n    digest: ${old}\n`,
    `api:\n  image:\n    tag: &x v1\n    digest: ${old}\n`,
    `api:\n  image: { repository: &x a/b, digest: ${old} }\n`,
  );
  const shapes = fc.tuple(fc.constantFrom('', 'z: 1\n'), pin, fc.constantFrom('', 'y: 2\n'), repeated);
  fc.assert(
    fc.property(shapes, (pieces) => {
      const before = pieces.join('');
      fc.pre(isYaml(before));
      const others = (text: string): unknown => ({ ...(parse(text) as object), api: undefined });
      let after = before;
      try {
        after = setPinAt({ kind: 'yaml', file: 'f', keys: ['api', 'image'] }, before, release);
      } catch (error) {
        expect(error).toMatchObject({ code: 'MANIFEST_INVALID', location: { file: 'f' } });
        expect(before).toContain('*x');
      }
      expect(others(after)).toEqual(others(before));
      if (!before.includes('*x')) expect(after).toContain(next);
    }),
    { numRuns: 300 },
  );
});

test('Kustomize, with an entry that was not there: only whole lines or entries are added', () => {
  const lists = fc.constantFrom(
    '',
    'images:\n- name: x-y\n  newTag: v1\n',
    'images: # i\n  # first\n  - newTag: "v1"\n    name: "x-y"\n    digest: "sha256:1"\n  # last\n\n',
    'images: [{ name: x-y }]\n',
    'images: # none\n',
  );
  const template = fc
    .tuple(noise, lists, noise)
    .map(([a, list, b]) => `${a}${list}${b.replaceAll(/^(\w+|'[^']*'):/gm, 'x-$1:').replaceAll('base', 'other')}`);
  fc.assert(
    fc.property(template, fc.boolean(), fc.boolean(), (body, crlf, cut) => {
      const lines = cut ? body.trimEnd() : body;
      const before = crlf ? lines.replaceAll('\n', '\r\n') : lines;
      fc.pre(isYaml(before));
      const place = { kind: 'kustomize', file: 'f', image: 'acme/api' } as const;
      const after = setPinAt(place, before, release);
      let head = 0;
      while (head < before.length && before[head] === after[head]) head += 1;
      let tail = 0;
      while (tail < before.length - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
      expect(head + tail).toBe(before.length);
      expect(readPinAt(place, after)).toMatchObject({ digest: next, tag: 'v2', image: 'ghcr.io/acme/api' });
      expect(setPinAt(place, after, release)).toBe(after);
      const [was, is] = [before, after].map((text) => parse(text) as { images?: unknown[] | null } | null);
      expect({ ...is, images: is?.images?.slice(0, -1) }).toEqual({ ...was, images: was?.images ?? [] });
    }),
    { numRuns: 300 },
  );
});

test('a pattern', () => {
  const template = fc
    .tuple(fc.string(), fc.string())
    .filter((two) => two.every((one) => !/API=|<|[\r\n\uFEFF]/.test(one)))
    .map(([a, b]) => `${a}\nAPI=<0>\n${b}\n`);
  const place = { kind: 'regex', file: 'f', pattern: '^API=(?<pin>[^\\s]*)' } as const;
  const plain = reference.filter(({ before }) => !/["']/.test(before[0] ?? ''));
  holds(place, template, plain);
});
