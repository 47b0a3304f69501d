import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ProblemMatchers } from './problem-matchers.ts';

const folder = mkdtempSync(join(tmpdir(), 'matchers-'));
writeFileSync(join(folder, 'a.ts'), '');
afterAll(() => rmSync(folder, { recursive: true }));

function matchers(...given: readonly object[]): ProblemMatchers {
  const found = new ProblemMatchers(folder);
  for (const each of given) found.add(JSON.stringify({ problemMatcher: [each] }));
  return found;
}
const one = {
  owner: 'tsc',
  pattern: [
    {
      regexp: '^(\\S+)\\((\\d+),(\\d+)\\): (error|warning|info) (.*)$',
      file: 1,
      line: 2,
      column: 3,
      severity: 4,
      message: 5,
    },
  ],
};
const stylish = {
  owner: 'eslint',
  pattern: [
    { regexp: '^(\\S+\\.ts)$', file: 1 },
    { regexp: '^ +(\\d+):(\\d+) +(error|warning) +(.*)$', line: 1, column: 2, severity: 3, message: 4, loop: true },
  ],
};

test('one pattern, colours left out, files only that are there', () => {
  const seen = matchers(one);
  expect(seen.match('\u001b[31ma.ts(3,4): error bad\u001b[0m')).toEqual({
    annotation: { level: 'failure', message: 'bad', path: 'a.ts', startLine: 3, startColumn: 4 },
    line: 'a.ts(3,4): error bad',
  });
  expect(seen.match('gone.ts(3,4): warning w')?.annotation).toEqual({
    level: 'warning',
    message: 'w',
    startLine: 3,
    startColumn: 4,
  });
  expect(seen.match('a.ts(3,4): info i')).toBeUndefined();
  expect(seen.match('fine')).toBeUndefined();
});

test('patterns of several lines, the last in a loop', () => {
  const seen = matchers(stylish);
  const lines = ['a.ts', '  1:2  error  first', '  3:4  warning  second', 'other', '  5:6  error  third'];
  expect(lines.map((line) => seen.match(line)?.annotation.message)).toEqual([
    undefined,
    'first',
    'second',
    undefined,
    undefined,
  ]);
});

test('a later matcher takes its owner’s place; removed ones match no more', () => {
  const seen = matchers(one, { owner: 'TSC', severity: 'notice', pattern: [{ regexp: '^say (.*)', message: 1 }] });
  expect(seen.match('a.ts(3,4): error bad')).toBeUndefined();
  expect(seen.match('say it')?.annotation).toEqual({ level: 'notice', message: 'it' });
  seen.remove('tsc');
  expect(seen.match('say it')).toBeUndefined();
  expect(() => seen.add('{"problemMatcher": [{"owner": "x"}]}')).toThrow();
});
