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

const config = (owner: string, ...pattern: readonly object[]): string =>
  JSON.stringify({ problemMatcher: [{ owner, pattern }] });

// The rules of actions/runner's IssueMatcherL0, in its words.
test.each([
  ['', [{ regexp: '(.*)', message: 1 }], 'Owner must not be empty'],
  ['a', [], "Matcher 'a' does not contain any patterns"],
  ['a', [{ regexp: '(.*)', file: 1 }], "At least one pattern must set 'message'"],
  ['a', [{ regexp: '(.*)', message: 1, loop: true }], "Only the last pattern in a multiline matcher may set 'loop'"],
  [
    'a',
    [{ regexp: '(x)', file: 1 }, { regexp: '(y)', message: 1, loop: true }, { regexp: 'z' }],
    "Only the last pattern in a multiline matcher may set 'loop'",
  ],
  [
    'a',
    [
      { regexp: '(x)', message: 1 },
      { regexp: '(y)', file: 1, loop: true },
    ],
    "The loop pattern must set 'message'",
  ],
  [
    'a',
    [
      { regexp: '(x)', message: 1 },
      { regexp: '(y)', message: 1 },
    ],
    "The property 'message' is set twice",
  ],
  ['a', [{ regexp: '(x)', message: 2 }], "The property 'message' is set to 2 which is out of range"],
  ['a', [{ regexp: '(x)', message: -1 }], "The property 'message' is set to -1 which is out of range"],
])('owner %j with %j is refused', (owner, pattern, message) => {
  expect(() => new ProblemMatchers(folder).add(config(owner, ...pattern))).toThrow(message);
});

test('one file has an owner once; a default severity is one of three', () => {
  const one = { owner: 'A', pattern: [{ regexp: '(.*)', message: 1 }] };
  const add = (...problemMatcher: readonly object[]) =>
    new ProblemMatchers(folder).add(JSON.stringify({ problemMatcher }));
  expect(() => add(one, { ...one, owner: 'a' })).toThrow("Duplicate owner name 'a'");
  expect(() => add({ ...one, severity: 'fatal' })).toThrow("unexpected default severity 'fatal'");
});

test('a pattern that would never end is taken out, and that is told', () => {
  const told: string[] = [];
  const seen = new ProblemMatchers(folder, (message) => told.push(message));
  // Looking back keeps it from being matched in linear time.
  seen.add(config('slow', { regexp: '^(?=(a+)+$)\\1b|(x)', message: 2 }));
  seen.add(config('err', { regexp: 'ERR: (.+)', message: 1 }));
  seen.match(`${'a'.repeat(40)}!`);
  expect(told).toEqual([expect.stringContaining("Removing issue matcher 'slow'")]);
  expect(seen.match('ERR: still seen')?.annotation.message).toBe('still seen');
}, 20_000);
