import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import { parseDigest } from '../model/digest.ts';
import { readPinAt, setPinAt } from './manifest.ts';
import type { ManifestPlace } from './place.ts';

const old = parseDigest(`sha256:${'a'.repeat(64)}`);
const next = parseDigest(`sha256:${'b'.repeat(64)}`);
const release = { digest: next, image: 'r.test/api', tag: 'v2' };
type Yaml = Extract<ManifestPlace, { kind: 'yaml' }>;
const at = (more: Partial<Yaml>): Yaml => ({ kind: 'yaml', file: 'v.yaml', ...more });
const byKeys = (...keys: string[]): Yaml => at({ keys });

function refusal(place: ManifestPlace, text: string): TrunklineError {
  try {
    setPinAt(place, text, release);
  } catch (error) {
    if (error instanceof TrunklineError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('sets, and keeps every other byte:', () => {
  test.each<[string, Yaml, string, string]>([
    ['a reference', byKeys('image'), `image: a/b:v1@${old} # c\n`, `image: a/b:v2@${next} # c\n`],
    ['a reference without folders', byKeys('image'), `image: nginx:1.25@${old}\n`, `image: nginx:v2@${next}\n`],
    ['a tag with its digest', byKeys('image', 'tag'), `image: { tag: "1@${old}" }\n`, `image: { tag: "v2@${next}" }\n`],
    ['a reference in double quotes', byKeys('image'), `image:   "a/b@${old}"`, `image:   "a/b@${next}"`],
    ['a reference in single quotes', byKeys('image'), `image: 'a/b@${old}'\n`, `image: 'a/b@${next}'\n`],
    ['a bare digest', byKeys('d'), `d: ${old}\n`, `d: ${next}\n`],
    ['an empty value', byKeys('image'), 'image:\nb: 1\n', `image: r.test/api@${next}\nb: 1\n`],
    ['an empty value with a comment', byKeys('image'), 'image:   # soon\n', `image: r.test/api@${next}   # soon\n`],
    ['null', byKeys('image'), 'image: ~\n', `image: r.test/api@${next}\n`],
    ['empty quotes', byKeys('image'), 'image: ""\n', `image: "r.test/api@${next}"\n`],
    [
      'parts, in any order',
      byKeys('api', 'image'),
      `# top\napi:\n  image:\n    tag: "1.10" # label\n    digest: ${old}\n    repository: a/b\n  x: [1,\t2]\n`,
      `# top\napi:\n  image:\n    tag: "v2" # label\n    digest: ${next}\n    repository: a/b\n  x: [1,\t2]\n`,
    ],
    [
      'parts of a first release',
      byKeys('image'),
      'image:\n  repository:\n  tag: ""\n  digest: ""\n',
      `image:\n  repository: r.test/api\n  tag: ""\n  digest: "${next}"\n`,
    ],
    [
      'a tag that carries the digest',
      byKeys('image'),
      `image: { repository: a/b, tag: 1.2@${old} }\n`,
      `image: { repository: a/b, tag: v2@${next} }\n`,
    ],
    [
      'CRLF, a BOM, no line break at the end',
      byKeys('a', 'image'),
      `\uFEFFa:\r\n  image: x/y@${old}\r\nb: 2`,
      `\uFEFFa:\r\n  image: x/y@${next}\r\nb: 2`,
    ],
    ['tabs in brackets', byKeys('a', 'image'), `a: {\timage:\tx/y@${old}\t}\n`, `a: {\timage:\tx/y@${next}\t}\n`],
    [
      'an anchor that nobody repeats',
      byKeys('a', 'image'),
      `a: &a\n  image: &i x/y@${old}\nb: *other\nc: &other 1\n`.replace(
        'b: *other\nc: &other 1',
        'c: &other 1\nb: *other',
      ),
      `a: &a\n  image: &i x/y@${next}\nc: &other 1\nb: *other\n`,
    ],
    [
      'an entry of a list by its name',
      byKeys('spec', 'containers', 'api', 'image'),
      `spec:\n  containers:\n  - name: log\n    image: l/l:1\n  - name: api\n    image: x/y@${old}\n`,
      `spec:\n  containers:\n  - name: log\n    image: l/l:1\n  - name: api\n    image: x/y@${next}\n`,
    ],
    ['an entry of a list by its number', byKeys('l', '1'), `l: [a/a:1, x/y@${old}]\n`, `l: [a/a:1, x/y@${next}]\n`],
    [
      'one document of several, by kind and name',
      at({ keys: ['image'], document: { kind: 'B', name: 'two' } }),
      `kind: B\nmetadata: { name: one }\nimage: x/y@${old}\n---\nkind: B\nmetadata: { name: two }\nimage: x/y@${old}\n`,
      `kind: B\nmetadata: { name: one }\nimage: x/y@${old}\n---\nkind: B\nmetadata: { name: two }\nimage: x/y@${next}\n`,
    ],
    [
      'one document of several, by its number',
      at({ keys: ['image'], document: 1 }),
      `# none\n---\nimage: x/y@${old}\n...\n---\nimage: x/y@${old}\n`,
      `# none\n---\nimage: x/y@${old}\n...\n---\nimage: x/y@${next}\n`,
    ],
    [
      'the only document that has the path',
      byKeys('image'),
      `---\nkind: A\n---\nimage: x/y@${old}\n`,
      `---\nkind: A\n---\nimage: x/y@${next}\n`,
    ],
    [
      'an image by its repository, wherever it is',
      at({ image: 'x/y' }),
      `spec:\n  - image: x/yz@${old}\n  - image: x/y:v1@${old}\n`,
      `spec:\n  - image: x/yz@${old}\n  - image: x/y:v2@${next}\n`,
    ],
    [
      'parts by their registry and repository',
      at({ image: 'r.test/x/y' }),
      `a: { registry: r.test, repository: x/z, digest: ${old} }\nb: { registry: r.test, repository: x/y, digest: ${old} }\n`,
      `a: { registry: r.test, repository: x/z, digest: ${old} }\nb: { registry: r.test, repository: x/y, digest: ${next} }\n`,
    ],
  ])('%s', (_name, place, before, after) => {
    const once = setPinAt(place, before, release);
    expect(once).toBe(after);
    expect(readPinAt(place, once)?.digest).toBe(next);
    expect(setPinAt(place, once, release)).toBe(once);
  });

  test('a label that a reader would take for a number is quoted', () => {
    const text = `image: { repository: a/b, tag: main, digest: ${old} }\n`;
    for (const tag of ['1e5', '1234567', '2024-01-01', 'true', '1.10'])
      expect(setPinAt(byKeys('image'), text, { digest: next, tag })).toContain(`tag: "${tag}"`);
    expect(setPinAt(byKeys('image'), text, { digest: next, tag: '1.2.3' })).toContain('tag: 1.2.3,');
  });

  test('without a label of its own, a release is called by its digest', () => {
    const text = `image: { repository: a/b, tag: v1, digest: ${old} }\n`;
    expect(setPinAt(byKeys('image'), text, { digest: next })).toContain('tag: digest-bbbbbbbbbbbb,');
  });
});

test.each([
  [
    'a tag',
    byKeys('image'),
    'image: { repository: a/b, tag: 1.10 }\n',
    { image: 'a/b', tag: '1.10', text: 'a/b:1.10' },
  ],
  ['a tag in a reference', byKeys('image'), 'image: a/b:v1\n', { image: 'a/b', tag: 'v1', text: 'a/b:v1' }],
  ['what an alias repeats', byKeys('b', 'image'), 'a: &a { image: a/b:v1 }\nb: *a\n', { image: 'a/b', tag: 'v1' }],
  ['what is merged', byKeys('b', 'image'), 'a: &a { image: a/b:v1 }\nb: { <<: *a }\n', { image: 'a/b', tag: 'v1' }],
  ['nothing yet', byKeys('image'), 'image: { repository: a/b, tag: "", digest: "" }\n', undefined],
])('reads %s', (_name, place, text, expected) => {
  const found = readPinAt(place, text);
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
});

test.each<[string, Yaml, string, string, number, number]>([
  ['an anchor that is repeated', byKeys('a'), `a: &x i/j@${old}\nb: *x\n`, 'the alias *x repeats it', 2, 4],
  ['one that is repeated elsewhere', byKeys('a'), `z: 1\na: &x i/j@${old}\nc: 2\nb: *x\n`, 'repeats it', 4, 4],
  ['one below it', byKeys('a', 'image'), `z: 1\na:\n  image: &x i/j@${old}\nb: [*x]\n`, 'repeats it', 4, 5],
  ['parts of which one is', byKeys('a'), `z: 1\na: { tag: &x v1, digest: ${old} }\nb: *x\n`, 'repeats it', 3, 4],
  ['an alias', byKeys('b'), `a: &x i/j@${old}\nb: *x\n`, 'the alias *x repeats', 2, 4],
  ['a mapping that is repeated', byKeys('a', 'image'), `a: &x\n  image: i/j@${old}\nb: *x\n`, 'repeats it', 3, 4],
  ['what is merged', byKeys('b', 'image'), `a: &x { image: i/j@${old} }\nb: { <<: *x }\n`, 'repeats', 2, 10],
  ['a block of text', byKeys('image'), `image: |-\n  a/b@${old}\n`, 'a block of text', 1, 8],
  [
    'a tag alone in parts',
    byKeys('image'),
    'image:\n  repository: a/b\n  tag: v1\n',
    'expected a "digest" beside "tag"',
    3,
    8,
  ],
  ['a key that stands twice', byKeys('a'), 'a: 1\na: 2\n', 'Map keys must be unique', 2, 1],
  ['what is not YAML', byKeys('a', 'b'), 'a:\n  b: {\n', 'not YAML', 3, 1],
  ['a list', byKeys('a'), 'a: [1]\n', 'found a list', 1, 4],
  ['a missing key', byKeys('a', 'b'), 'x: 1\na:\n  c: 1\n', 'expected a pin at "a.b"', 3, 3],
  ['several documents', byKeys('a'), 'a: x\n---\na: y\n', 'found several', 2, 1],
  ['two of one image', at({ image: 'x/y' }), 'a: x/y:1\nb: x/y:2\n', 'found it 2 times', 2, 4],
  ['a number', byKeys('a'), 'a: "no image!"\n', 'found "no image!"', 1, 4],
])('refuses %s with its place', (_name, place, text, message, line, column) => {
  const error = refusal(place, text);
  expect(error.message).toContain(message);
  expect(error).toMatchObject({ code: 'MANIFEST_INVALID', location: { file: 'v.yaml', line, column } });
});
