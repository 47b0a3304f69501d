import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TrunklineError } from '../errors.ts';
import { parseDigest } from '../model/digest.ts';
import { readJsonPin, setJsonPin } from './json-pin.ts';

const old = parseDigest(`sha256:${'a'.repeat(64)}`);
const next = parseDigest(`sha256:${'b'.repeat(64)}`);
const keys = ['api', 'image'];
const set = (text: string, image?: string): string =>
  setJsonPin('envs/dev.json', text, keys, { digest: next, ...(image === undefined ? {} : { image }) });

describe('setting a pin', () => {
  test.each([
    [
      'an image by digest',
      `{"api": {"image": "ghcr.io/acme/api@${old}"}}`,
      `{"api": {"image": "ghcr.io/acme/api@${next}"}}`,
    ],
    [
      'a tag, which is a label of the release that leaves',
      `{"api":{"image":"r:5000/a/b:v1@${old}"}}`,
      `{"api":{"image":"r:5000/a/b@${next}"}}`,
    ],
    ['a tag alone', `{"api":{"image":"acme/api:v1"}}`, `{"api":{"image":"acme/api@${next}"}}`],
    ['a bare digest', `{"api":{"image":"${old}"}}`, `{"api":{"image":"${next}"}}`],
    ['null before the first release', '{"api":{"image":null}}', `{"api":{"image":"x.test/api@${next}"}}`],
    [
      'BOM, CRLF, tabs, no line break at the end',
      `\uFEFF{\r\n\t"web" : 1,\r\n\t"api":\t{ "image" :""\t}}`,
      `\uFEFF{\r\n\t"web" : 1,\r\n\t"api":\t{ "image" :"x.test/api@${next}"\t}}`,
    ],
    ['keys with escapes', `{"\\u0061pi":{"image":"${old}"}}`, `{"\\u0061pi":{"image":"${next}"}}`],
    [
      'the same key elsewhere',
      `{"image":"${old}","web":{"image":"${old}"},"api":{"image":"${old}"}}`,
      `{"image":"${old}","web":{"image":"${old}"},"api":{"image":"${next}"}}`,
    ],
  ])('keeps every other byte: %s', (_name, before, after) => {
    expect(set(before, 'x.test/api')).toBe(after);
    expect(set(set(before, 'x.test/api'), 'x.test/api')).toBe(after);
  });

  test.each([
    ['a key that stands twice', '{"api":{"image":"","image":""}}', 'envs/dev.json', 1, 20],
    ['a comma too many', '{"api":{"image":""},\n}', 'envs/dev.json', 2, 1],
    ['a text after the end', '{"api":{"image":""}} x', 'envs/dev.json', 1, 22],
    ['a number for an image', '{"api":{"image":7}}', 'envs/dev.json', 1, 17],
    ['a comment', '{\n // no\n "api":{"image":""}}', 'envs/dev.json', 2, 2],
    ['an empty file', '', 'envs/dev.json', 1, 1],
    ['what is nested too deep', '['.repeat(20_000), 'envs/dev.json', 1, 501],
    ['a cut file', '{"api":{"image":"', 'envs/dev.json', 1, 17],
  ])('refuses %s with its place', (_name, text, file, line, column) => {
    const thrown = (() => {
      try {
        return set(text);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(TrunklineError);
    expect(thrown).toMatchObject({ code: 'MANIFEST_INVALID', location: { file, line, column } });
  });

  test('counts in lists, and refuses a tag alone', () => {
    const list = `{"services":[{"image":"a/a:1"},{"image":"${old}"}]}`;
    expect(setJsonPin('f', list, ['services', '1', 'image'], { digest: next })).toBe(list.replace(old, next));
    const tagged = '{"api":{"url":"r.test/api","tag":"1234567"}}';
    expect(readJsonPin('f', tagged, ['api', 'tag'])).toEqual({ text: '1234567', tag: '1234567' });
    expect(() => setJsonPin('f', tagged, ['api', 'tag'], { digest: next })).toThrow('expected a place for a digest');
  });

  test('says which key is missing', () => {
    expect(() => set('{"web":{}}')).toThrow('expected a pin at "api.image", found no such key');
  });

  test('any document: set then read gives it back, every other byte equal, twice as once', () => {
    const layouts = fc.record({
      before: fc.dictionary(fc.string(), fc.jsonValue()),
      inner: fc.dictionary(fc.string(), fc.jsonValue()),
      space: fc.constantFrom(0, 1, 2, 4, '\t'),
      pinned: fc.constantFrom<string | null>('', null, old, `ghcr.io/acme/api@${old}`, `acme/api:v1@${old}`),
      crlf: fc.boolean(),
      bom: fc.boolean(),
      end: fc.constantFrom('', '\n', '\r\n\r\n', ' '),
    });
    fc.assert(
      fc.property(layouts, ({ before, inner, space, pinned, crlf, bom, end }) => {
        const marker = '@@pin@@';
        const body = JSON.stringify({ ...before, api: { ...inner, image: marker } }, undefined, space);
        const [head = '', tail = ''] = body.split(JSON.stringify(marker));
        fc.pre(body.split(marker).length === 2);
        const wrap = (pin: string): string => {
          const text = `${head}${pin}${tail}${end}`;
          return `${bom ? '\uFEFF' : ''}${crlf ? text.replaceAll('\n', '\r\n') : text}`;
        };
        const once = set(wrap(JSON.stringify(pinned)), 'ghcr.io/acme/api');
        const name =
          pinned === old ? next : `${pinned?.startsWith('acme') === true ? 'acme/api' : 'ghcr.io/acme/api'}@${next}`;
        expect(once).toBe(wrap(JSON.stringify(name)));
        expect(readJsonPin('envs/dev.json', once, keys)?.digest).toBe(next);
        expect(set(once)).toBe(once);
      }),
    );
  });
});
