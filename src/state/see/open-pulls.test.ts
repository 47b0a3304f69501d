import { expect, test } from 'vitest';
import type { GitHub } from '../../github/client.ts';
import { openCheck, readOpenPulls } from './open-pulls.ts';
import { waitsOf } from './waits.ts';

const pull = {
  number: 7,
  url: 'https://github.com/acme/infra/pull/7',
  title: 'Bump',
  author: { __typename: 'Bot', login: 'renovate' },
  createdAt: '2026-01-01T00:00:00Z',
  isDraft: false,
  headRefName: 'bump',
  headRefOid: 'a'.repeat(40),
  mergeStateStatus: 'BLOCKED',
  reviewDecision: null,
  autoMergeRequest: null,
  files: null,
  first: { nodes: [] },
  last: { nodes: [{ commit: { statusCheckRollup: null } }] },
  reviewRequests: null,
};

/** A GitHub that answers one page, with errors beside it. */
function answering(
  errors: readonly object[],
  data: object | null = { repository: { pullRequests: { pageInfo: { hasNextPage: false }, nodes: [pull] } } },
): GitHub {
  return { mutate: async () => ({ data: data ?? undefined, errors }) } as unknown as GitHub;
}

test('what a credential may not read of a pull request is said, and the rest is shown', async () => {
  const error = {
    type: 'FORBIDDEN',
    message: 'Resource not accessible by integration',
    path: ['repository', 'pullRequests', 'nodes', 0, 'last', 'nodes', 0, 'commit', 'statusCheckRollup', 'contexts'],
  };
  const { pulls, unread } = await readOpenPulls(answering([error, error]), 'acme/infra', 'main');
  expect(pulls).toMatchObject([{ number: 7, author: 'renovate[bot]', checks: [], forkOid: undefined, paths: [] }]);
  expect(unread).toEqual(['contexts: Resource not accessible by integration']);
  expect(pulls.map((one) => waitsOf(one, undefined))).toEqual([
    ['a rule of the branch blocks it; GitHub does not say which (a required check that never reported?)'],
  ]);
});

test('signatures that nobody looked at here are left to what the check says', async () => {
  const { pulls } = await readOpenPulls(answering([]), 'acme/infra', 'main');
  const [found] = pulls;
  if (found === undefined) throw new Error('no pull request');
  const verdict = { gate: 'signature of api in dev', ok: false, reason: 'nobody looked' };
  const judgement = { ok: false, environments: ['dev'], verdicts: [verdict], summary: '' };
  const check = {
    name: 'trunkline / policy',
    state: 'failed' as const,
    text: 'signature of api in dev: signed by eve',
  };
  expect(waitsOf({ ...found, checks: [check] }, judgement)).toEqual([
    'trunkline / policy: signature of api in dev: signed by eve',
  ]);
  expect(
    waitsOf({ ...found, mergeState: 'CLEAN', armed: true, checks: [{ ...check, state: 'ok' }] }, judgement),
  ).toEqual([]);
});

test('what is no refusal is not passed over', async () => {
  const asked = (...given: Parameters<typeof answering>) => readOpenPulls(answering(...given), 'acme/infra', 'main');
  await expect(asked([{ message: 'Something went wrong' }])).rejects.toMatchObject({
    code: 'GITHUB_REFUSED',
    message: expect.stringContaining('Something went wrong'),
  });
  await expect(asked([], null)).rejects.toMatchObject({ code: 'GITHUB_REFUSED' });
});

test('checks are ok, failed or pending, and skipped is not failed', () => {
  const run = (status: string, conclusion: string | null) =>
    openCheck({
      __typename: 'CheckRun',
      name: 'x',
      status,
      conclusion,
      startedAt: null,
      completedAt: null,
      detailsUrl: null,
    });
  expect(
    [
      run('COMPLETED', 'SUCCESS'),
      run('COMPLETED', 'SKIPPED'),
      run('COMPLETED', 'TIMED_OUT'),
      run('IN_PROGRESS', null),
    ].map((one) => `${one.state} ${one.text}`),
  ).toEqual(['ok success', 'ok skipped', 'failed timed out', 'pending in progress']);
});
