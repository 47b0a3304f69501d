import { expect, test } from 'vitest';
import { compare } from './compare.ts';
import { normalise } from './normalise.ts';
import { urlsOf } from './remote-github.ts';
import { sayAnswer } from './say-answer.ts';
import { type Line, Transcript } from './transcript.ts';

const transcript = (...lines: readonly (readonly [string, string])[]): Transcript => {
  const made = new Transcript();
  made.lines.push(...lines.map(([asked, found]): Line => ({ phase: '1', kind: 'answer', asked, found })));
  return made;
};

test('answers are laid beside each other by what was asked, in order; what one side was not asked stands alone', () => {
  const here = transcript(['a', '200'], ['b', '405 no'], ['c', '201'], ['d', '200']);
  const there = transcript(['a', '200'], ['b', '409 no'], ['x', '200'], ['d', '200']);
  expect(compare(here, there)).toEqual({
    compared: 3,
    differences: [
      { phase: '1', asked: 'b', here: '405 no', there: '409 no' },
      { phase: '1', asked: 'c', here: '201' },
      { phase: '1', asked: 'x', there: '200' },
    ],
    notCompared: [],
    unheld: [],
  });
  const swapped = compare(transcript(['a', '1'], ['b', '2']), transcript(['b', '2'], ['a', '1']));
  expect(swapped.differences).toHaveLength(2);
});

test('what one side left out, with its reason, is no difference', () => {
  const { differences, notCompared } = compare(transcript(['a', 'held: 200']), transcript(['a', 'skipped: no URL']));
  expect(differences).toEqual([]);
  expect(notCompared).toEqual([{ phase: '1', asked: 'a', here: 'held: 200', there: 'skipped: no URL' }]);
});

test('names, ids, hashes and times of a place are taken out, words and numbers of pull requests stay', () => {
  const names = [
    ['https://api.github.com', '<api>'],
    ['al', '<developer>'],
    ['al-smith', '<reviewer>'],
  ] as const;
  expect(
    normalise(
      'al-smith merged #12 of al at 2026-01-02T03:04:05Z: 1a2b3c4 (run 123456), see https://api.github.com/x',
      names,
    ),
  ).toBe('<reviewer> merged #12 of <developer> at <time>: <hash> (run <id>), see <api>/x');
});

test('a refusal is told by its words, anything else by its states; lists of what runs at once without their order', () => {
  expect(sayAnswer('x: PUT /a', 405, '{"message":"No\\n","documentation_url":"u","status":"405"}')).toBe('405 No');
  expect(sayAnswer('x: GET /a', 200, '{"id":1,"state":"open","merged":false,"title":"T"}')).toBe(
    '200 T state=open merged=false',
  );
  const runs = (...names: string[]) =>
    JSON.stringify({ total_count: 2, workflow_runs: names.map((name) => ({ name, status: 'completed' })) });
  const path = 'x: GET /repos/o/r/actions/runs?per_page=100';
  expect(sayAnswer(path, 200, runs('a', 'b'))).toBe(sayAnswer(path, 200, runs('b', 'a')));
  expect(sayAnswer('x: GET /repos/o/r/pulls', 200, '[{"title":"a"},{"title":"b"}]')).toBe('200 [a; b]');
  const graphql = '{"data":{"a":{"id":"X","state":"OPEN"}},"errors":[{"type":"NOT_FOUND","message":"no"}]}';
  expect(sayAnswer('x: POST /graphql', 200, graphql)).toBe('200 {"a":{"state":"OPEN"}} | NOT_FOUND: no');
});

test.each([
  ['https://github.com', 'https://api.github.com'],
  ['https://acme.ghe.com/', 'https://api.acme.ghe.com'],
  ['https://github.acme.example:8443/x', 'https://github.acme.example:8443/api/v3'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/api/v3'],
])('the API of %s is %s', (url, api) => {
  expect(urlsOf(url).api).toBe(api);
});
