import { expect, test } from 'vitest';
import { parsePin } from '../../manifest/pin.ts';
import { differences } from './differences.ts';
import { measure } from './measures.ts';
import { type Movement, movementsOf } from './movements.ts';
import type { CommitChanges } from './pin-changes.ts';
import { spread } from './spread.ts';
import { parseSubject } from './trace-subject.ts';

const layout = { environments: [{ name: 'dev' }, { name: 'prod', from: 'dev' }] };
const day = 86_400_000;
const pin = (tag: string | undefined) => (tag === undefined ? undefined : parsePin(`acme/api:${tag}`));

/** Commits, oldest first: `dev v1 v2` says that dev goes from v1 to v2; `-` is none. A day lies between them. */
function story(...lines: readonly (string | readonly [string, string])[]): readonly CommitChanges[] {
  return lines
    .map((line, index): CommitChanges => {
      const [what, message] = typeof line === 'string' ? [line, 'Change'] : line;
      const changes = what.split('; ').map((one) => {
        const [environment = '', before, after] = one.split(' ').map((word) => (word === '-' ? undefined : word));
        const [was, is] = [pin(before), pin(after)];
        return {
          service: 'api',
          environment: environment ?? '',
          file: 'f',
          ...(was === undefined ? {} : { before: was }),
          ...(is === undefined ? {} : { after: is }),
        };
      });
      return {
        commit: { sha: String(index), parents: [], at: index * day, author: 'a', email: 'a', message },
        changes,
        cut: false,
      };
    })
    .reverse();
}
const kinds = (commits: readonly CommitChanges[], complete = true): readonly string[] =>
  movementsOf(layout, commits, complete)
    .map((one) => `${one.environment} ${one.kind}`)
    .toReversed();

test('what a change was is told by what was pinned before, whatever it calls itself', () => {
  expect(
    kinds(
      story(
        'dev - v1; prod - v1',
        ['dev v1 v2', 'Roll back everything'],
        'prod v1 v2',
        ['prod v2 v1', 'Bump\n\nTrunkline-Change: promotion'],
        'prod v1 v2',
        ['prod v2 v1', 'Revert\n\nThis reverts commit 0123456.'],
        ['prod v1 v9', 'Mend\n\nTrunkline-Change: hotfix'],
        'prod v9 v10',
        'dev v2 v11; prod v10 v11',
        'dev v11 -',
      ),
    ),
  ).toEqual([
    'prod first',
    'dev first',
    'dev bump',
    'prod promotion',
    'prod rollback',
    'prod again',
    'prod revert',
    'prod hotfix',
    'prod past',
    'prod promotion',
    'dev bump',
    'dev removed',
  ]);
});

test('a history that is cut off says so instead of guessing', () => {
  expect(kinds(story('prod v1 v2', 'dev - v3', 'prod v2 v1'), false)).toEqual([
    'prod change',
    'dev change',
    'prod rollback',
  ]);
});

test('a hold that is promoted late, a failure and its mending are measured in their environment', () => {
  const movements = movementsOf(
    layout,
    story('dev - v1; prod - v1', 'dev v1 v2', 'prod v1 v2', 'prod v2 v1', 'dev v2 v3', [
      'prod v1 v4',
      'x\n\nTrunkline-Change: hotfix',
    ]),
    true,
  );
  const facts = { pulls: undefined, merged: new Map([['v2', 0]]), deployments: undefined };
  const [dev, prod] = measure(layout, movements, facts, { since: 0, until: 7 * day, budget: day / 2 });
  expect(dev).toMatchObject({
    deliveries: 2,
    failures: 0,
    failureRate: 0,
    perWeek: 2,
    lead: { count: 1, median: day, unknown: 1 },
  });
  expect(prod).toMatchObject({
    deliveries: 2,
    failures: 1,
    failureRate: 0.5,
    restore: { median: day },
    promotion: { count: 1, median: day, unknown: 1 },
  });
  expect(prod?.breaches).toEqual([
    { service: 'api', release: 'v2', commit: '2', took: day, state: 'late' },
    { service: 'api', release: 'v3', commit: '4', took: 3 * day, state: 'waiting' },
  ]);
  expect(measure(layout, [], facts, { since: 0, until: 0, budget: day })).toMatchObject([
    { deliveries: 0, failureRate: null, perWeek: 0 },
    {},
  ]);
});

test('a deployment that failed and never became healthy is a failure, one that did is none', () => {
  const movements: readonly Movement[] = movementsOf(layout, story('dev - v1', 'dev v1 v2'), true).map((one) =>
    one.kind === 'bump' ? { ...one, after: { text: 'x', digest: 'sha256:x' as never } } : one,
  );
  const record = {
    service: 'api',
    environment: 'dev',
    digest: 'sha256:x',
    commit: 'c',
    at: day,
    state: 'failure',
    description: '',
    url: undefined,
    failedAt: day,
  };
  const run = (deployment: object) =>
    measure(
      layout,
      movements,
      { pulls: undefined, merged: undefined, deployments: [{ ...record, ...deployment }] },
      { since: 0, until: 7 * day, budget: day },
    )[0];
  expect(run({})).toMatchObject({ failures: 1, restore: { count: 0, unknown: 1 } });
  expect(run({ succeededAt: 2 * day })).toMatchObject({ failures: 0, synced: { median: day } });
});

test('which environment is ahead is told by the order in which releases came', () => {
  const movements = movementsOf(layout, story('dev - v1; prod - v1', 'dev v1 v2'), true);
  const at = (environment: string, tag: string | undefined, service = 'api') => ({
    service,
    environment,
    file: 'f',
    ...(tag === undefined ? {} : { pin: parsePin(`acme/api:${tag}`) as never }),
  });
  const places = [
    at('dev', 'v2'),
    at('prod', 'v1'),
    at('dev', 'v7', 'web'),
    at('prod', 'v8', 'web'),
    at('dev', 'v1', 'jobs'),
    at('prod', undefined, 'jobs'),
    at('dev', undefined, 'none'),
  ];
  expect(
    differences({ places }, movements, 'dev', 'prod').map((one) => [one.service, one.state, one.direction]),
  ).toEqual([
    ['api', 'differs', 'behind'],
    ['jobs', 'only in first', undefined],
    ['web', 'differs', 'unknown'],
  ]);
  expect(differences({ places }, movements, 'prod', 'dev')[0]?.direction).toBe('ahead');
});

test('medians do not count what is not known', () => {
  expect(spread([])).toEqual({ count: 0, median: null, p90: null, unknown: 0 });
  expect(spread([3, undefined, 1, -5, 2])).toEqual({ count: 3, median: 2, p90: 3, unknown: 2 });
});

test.each([
  ['#42', { kind: 'pull', number: 42 }],
  ['42', { kind: 'pull', number: 42 }],
  ['acme/app#42', { kind: 'pull', number: 42, repository: 'acme/app' }],
  ['https://github.com/acme/app/pull/42/files', { kind: 'pull', number: 42, repository: 'acme/app' }],
  ['https://github.com/acme/app/commit/1a2b3c4d', { kind: 'commit', hex: '1a2b3c4d', repository: 'acme/app' }],
  ['acme/app@1a2b3c4', { kind: 'commit', hex: '1a2b3c4', repository: 'acme/app' }],
  ['1a2b3c4', { kind: 'hex', hex: '1a2b3c4' }],
  ['a'.repeat(64), { kind: 'digest', hex: 'a'.repeat(64) }],
  ['sha256:1a2b3c', { kind: 'digest', hex: '1a2b3c' }],
  [`ghcr.io/acme/api@sha256:${'b'.repeat(64)}`, { kind: 'digest', hex: 'b'.repeat(64) }],
  ['v1.2.3', { kind: 'tag', tag: 'v1.2.3' }],
])('%s is understood', (text, subject) => {
  expect(parseSubject(text)).toEqual(subject);
});

test('what is nothing of all that is refused with examples', () => {
  expect(() => parseSubject('two words')).toThrow('expected a digest, a commit, a tag or a pull request');
});
