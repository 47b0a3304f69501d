import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashFiles } from './hash-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'hash-'));
const files = { 'a.lock': 'a', 'b.lock': 'b', 'src/x.ts': 'x', 'src/deep/y.ts': 'y', 'src/deep/z.md': 'z' };
beforeAll(() => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  symlinkSync('src', join(folder, 'link'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const sha = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();
const expected = (...texts: readonly string[]): string => sha(Buffer.concat(texts.map(sha))).toString('hex');

test.each([
  [['a.lock'], ['a']],
  [
    ['b.lock', 'a.lock'],
    ['b', 'a'],
  ],
  [['**/*.ts'], ['y', 'x']],
  [
    ['src', '!**/*.md'],
    ['y', 'x'],
  ],
  [
    ['src/**', 'src/deep/z.md'],
    ['y', 'z', 'x'],
  ],
  [['./src/?.ts'], ['x']],
  [
    ['--follow-symbolic-links', 'link/**/*.ts'],
    ['y', 'x'],
  ],
])('%j', (patterns, texts) => {
  expect(hashFiles(folder, patterns)).toBe(expected(...texts));
});

test.each([['nothing'], ['../**'], ['!a.lock'], ['# a.lock'], ['link/*.ts']])('%j matches nothing', (pattern) => {
  expect(hashFiles(folder, [pattern])).toBe('');
});
