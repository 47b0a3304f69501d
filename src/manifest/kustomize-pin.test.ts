import { describe, expect, test } from 'vitest';
import { parseDigest } from '../model/digest.ts';
import { readPinAt, setPinAt } from './manifest.ts';

const old = parseDigest(`sha256:${'a'.repeat(64)}`);
const next = parseDigest(`sha256:${'b'.repeat(64)}`);
const place = { kind: 'kustomize', file: 'k/kustomization.yaml', image: 'shop/api' } as const;
const release = { digest: next, image: 'r.test/shop/api', tag: 'v2' };

describe('sets, and keeps every other byte:', () => {
  test.each([
    [
      'newTag and digest together',
      `images:\n- name: shop/web\n  newTag: v1\n- name: shop/api # it\n  newName: q.test/api\n  newTag: "v1"\n  digest: ${old}\n`,
      `images:\n- name: shop/web\n  newTag: v1\n- name: shop/api # it\n  newName: q.test/api\n  newTag: "v2"\n  digest: ${next}\n`,
    ],
    [
      'a digest alone',
      `images:\n- digest: ${old}\n  name: shop/api\n`,
      `images:\n- digest: ${next}\n  name: shop/api\n`,
    ],
    [
      'a tag alone, which gets its digest',
      'resources: []\nimages:\n  - name: shop/api\n    newTag: v1 # label\nx: 1\n',
      `resources: []\nimages:\n  - name: shop/api\n    newTag: v2 # label\n    digest: ${next}\nx: 1\n`,
    ],
    [
      'a name alone, without a line break at the end',
      'images:\n- name: shop/api',
      `images:\n- name: shop/api\n  digest: ${next}\n  newName: r.test/shop/api`,
    ],
    [
      'brackets',
      `images: [{ name: shop/api, newTag: 'v1' }]\n`,
      `images: [{ name: shop/api, newTag: 'v2', digest: ${next} }]\n`,
    ],
    [
      'an entry that was not there, in the order and quotes of the others',
      `images:\n  - newTag: "v1"\n    name: "shop/web"\n    digest: "${old}"\n\n# end\nx: 1\n`,
      `images:\n  - newTag: "v1"\n    name: "shop/web"\n    digest: "${old}"\n  - newTag: "v2"\n    name: "shop/api"\n    digest: "${next}"\n    newName: "r.test/shop/api"\n\n# end\nx: 1\n`,
    ],
    [
      'an entry in brackets',
      `images: [{ name: shop/web }]\n`,
      `images: [{ name: shop/web }, { name: shop/api, newName: r.test/shop/api, newTag: v2, digest: ${next} }]\n`,
    ],
    [
      'a list that was empty',
      'resources:\n  - a.yaml\nimages: [] # none\n',
      `resources:\n  - a.yaml\nimages: # none\n  - name: shop/api\n    newName: r.test/shop/api\n    newTag: v2\n    digest: ${next}\n`,
    ],
    [
      'a list that was not there, CRLF and all',
      '\uFEFFresources:\r\n- a.yaml # a\r\n\r\n# end',
      `\uFEFFresources:\r\n- a.yaml # a\r\nimages:\r\n- name: shop/api\r\n  newName: r.test/shop/api\r\n  newTag: v2\r\n  digest: ${next}\r\n\r\n# end`,
    ],
    ['an empty file', '', `images:\n- name: shop/api\n  newName: r.test/shop/api\n  newTag: v2\n  digest: ${next}\n`],
  ])('%s', (_name, before, after) => {
    const once = setPinAt(place, before, release);
    expect(once).toBe(after);
    expect(readPinAt(place, once)?.digest).toBe(next);
    expect(setPinAt(place, once, release)).toBe(once);
  });
});

test('a tag alone is read as one, and no entry as no pin', () => {
  expect(readPinAt(place, 'images:\n- name: shop/api\n  newTag: 1.10\n')).toMatchObject({
    image: 'shop/api',
    tag: '1.10',
  });
  expect(readPinAt(place, 'images:\n- name: shop/web\n  newTag: v1\n')).toBeUndefined();
  expect(readPinAt(place, 'resources: [a.yaml]\n')).toBeUndefined();
});

test.each([
  ['two entries of one name', 'images:\n- name: shop/api\n- name: shop/api\n', 'found 2', 3, 3],
  ['an entry that is repeated', `images:\n- &x { name: shop/api, digest: ${old} }\ny: *x\n`, 'repeats it', 3, 4],
  ['a digest that is none', 'images:\n- name: shop/api\n  digest: sha256:zz\n', 'found "sha256:zz"', 3, 11],
  ['a mapping of images', 'images:\n  shop/api: v1\n', 'expected a list of images', 2, 3],
  ['a whole file in brackets', '{ resources: [] }\n', 'to which an image can be added', 1, 1],
])('refuses %s with its place', (_name, text, message, line, column) => {
  expect(() => setPinAt(place, text, release)).toThrow(message);
  expect(() => setPinAt(place, text, release)).toThrow(
    expect.objectContaining({ code: 'MANIFEST_INVALID', location: { file: place.file, line, column } }) as Error,
  );
});
