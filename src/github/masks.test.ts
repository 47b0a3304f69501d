import { expect, test } from 'vitest';
import { Masker } from './masks.ts';

function masker(...secrets: readonly string[]): Masker {
  const made = new Masker();
  for (const secret of secrets) made.add(secret);
  return made;
}

test.each([
  ['plain', 'it is hunter22 here', 'it is *** here'],
  ['twice', 'hunter22 hunter22', '*** ***'],
  ['base64', Buffer.from('hunter22').toString('base64'), '***'],
  ['absent', 'nothing', 'nothing'],
])('masks %s', (_, text, expected) => {
  expect(masker('hunter22').mask(text)).toBe(expected);
});

test.each([1, 2])('masks base64 after %i bytes of something else', (shift) => {
  const text = Buffer.from(`${'x'.repeat(shift)}password-of-mine`).toString('base64');
  expect(masker('password-of-mine').mask(text)).not.toContain(Buffer.from('word-of-mi').toString('base64'));
  expect(masker('password-of-mine').mask(text)).toContain('***');
});

test.each([
  ['uri', encodeURIComponent('a b&c"d')],
  ['json', JSON.stringify('a b&c"d').slice(1, -1)],
  ['xml', 'a b&amp;c&quot;d'],
  ['command line', 'a b&c\\"d'],
])('masks the %s form', (_, text) => {
  expect(masker('a b&c"d').mask(text)).toBe('***');
});

test('masks a quote inside a shell word and inside an expression', () => {
  expect(masker("it's mine").mask(`'it'\\''s mine' 'it''s mine'`)).toBe(`'***' '***'`);
});

test('masks each line of a secret of many lines', () => {
  const made = masker('-----BEGIN-----\nabcdef\r\n  ghijkl\n');
  expect(made.mask('abcdef')).toBe('***');
  expect(made.mask('x ghijkl y')).toBe('x *** y');
});

test('covers overlapping secrets whole', () => {
  expect(masker('abcd', 'cdef').mask('-abcdef-')).toBe('-***-');
});

test('passes over empty secrets', () => {
  expect(masker('', '  ', '\n').mask('a b\nc')).toBe('a b\nc');
});

test('it hides the same whether it has been asked seldom or often', () => {
  const made = masker('ab+c', 'xyz', 'multi\nline');
  const texts = ['ab+c', 'abbc', 'a xyz ab+c', 'line', 'nothing'];
  const seldom = texts.map((text) => made.mask(text));
  expect(seldom).toEqual(['***', 'abbc', 'a *** ***', '***', 'nothing']);
  for (let count = 0; count < 300; count++) made.mask('nothing');
  expect(texts.map((text) => made.mask(text))).toEqual(seldom);
});
