import { expect, test } from 'vitest';
import { parseDigest } from '../model/digest.ts';
import { readPinAt, setPinAt } from './manifest.ts';

const old = parseDigest(`sha256:${'a'.repeat(64)}`);
const next = parseDigest(`sha256:${'b'.repeat(64)}`);
const at = (pattern: string) => ({ kind: 'regex', file: 'dev.env', pattern }) as const;

test.each([
  ['a whole reference', '^API=(?<pin>\\S*)$', `# x\r\nAPI=a/b:v1@${old}\r\n`, `# x\r\nAPI=a/b@${next}\r\n`],
  ['what ends with CRLF', '^API=(?<pin>\\S*)$', `\uFEFFAPI=a/b@${old}\r\nB=1`, `\uFEFFAPI=a/b@${next}\r\nB=1`],
  ['nothing yet', '^API=(?<pin>\\S*)$', 'WEB=\nAPI=\n', `WEB=\nAPI=r.test/api@${next}\n`],
  [
    'parts',
    'image "(?<image>[^":@]*)(?::(?<tag>[^"@]+))?@(?<digest>[^"]*)"',
    `job { image "a/b:v1@${old}" }`,
    `job { image "a/b:digest-bbbbbbbbbbbb@${next}" }`,
  ],
  ['a bare digest', 'digest = "(?P<digest>[^"]*)"', 'digest = ""', `digest = "${next}"`],
])('sets %s and keeps every other byte', (_name, pattern, before, after) => {
  const place = at(pattern);
  const once = setPinAt(place, before, { digest: next, image: 'r.test/api' });
  expect(once).toBe(after);
  expect(readPinAt(place, once)?.digest).toBe(next);
  expect(setPinAt(place, once, { digest: next })).toBe(once);
});

test.each([
  ['no match', at('^API=(?<pin>.*)$'), 'WEB=', 'expected a match', undefined],
  ['two matches', at('^API=(?<pin>.*)$'), '#\r\nAPI=\r\nAPI=', 'found a second one', { line: 3, column: 1 }],
  ['what is no image', at('^API=(?<pin>.*)$'), '\nAPI=!', 'found "!"', { line: 2, column: 5 }],
  ['a digest that is none', at('^d=(?<digest>.*)$'), 'd=aaa', 'found "aaa"', { line: 1, column: 3 }],
  [
    'a group too narrow for a digest',
    at('^d=(?<digest>[a-z]*)$'),
    'd=',
    'expected the pattern to find',
    { line: 1, column: 3 },
  ],
])('refuses %s', (_name, place, text, message, location) => {
  const act = (): string => setPinAt(place, text, { digest: next });
  expect(act).toThrow(message);
  expect(act).toThrow(
    expect.objectContaining({ code: 'MANIFEST_INVALID', location: { file: 'dev.env', ...location } }) as Error,
  );
});

test('takes no time that grows faster than the text', () => {
  expect(() => readPinAt(at('(?<pin>(a+)+$)'), `${'a'.repeat(20_000)}!`)).toThrow('expected a match');
});
