import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitFiles } from '../git/commit-files.ts';
import { createRef } from '../git/edit-ref.ts';
import { githubCommitter, makeMerge } from '../git/merge.ts';
import { moveRefs } from '../git/move-refs.ts';
import { readRef, zeroSha } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { openSmallForge, type SmallForge } from '../git/testing/small-forge.ts';
import type { CheckRun, Pull, Review, Ruleset } from '../rows.ts';
import { matchesPath } from './code-owners.ts';
import { evaluateMerge } from './evaluate-merge.ts';
import { fnmatch } from './fnmatch.ts';

test.each([
  ['main', 'main', true],
  ['*', 'main', true],
  ['*', 'a/b', false],
  ['hotfixes/**', 'hotfixes/x', true],
  ['hotfixes/**', 'hotfixes/x/y', false],
  ['hotfixes/**/*', 'hotfixes/x/y', true],
  ['hotfixes/**/*', 'hotfixes/x', true],
  ['**/x', 'a/b/x', true],
  ['release-?', 'release-1', true],
  ['release-[0-9]', 'release-7', true],
  ['release-[!0-9]', 'release-7', false],
  ['a.c', 'abc', false],
  ['a+(b)', 'a+(b)', true],
  ['[x', '[x', true],
])('fnmatch %s %s', (pattern, name, wanted) => expect(fnmatch(pattern, name)).toBe(wanted));

test.each([
  ['*', 'a/b.txt', true],
  ['*.js', 'src/a.js', true],
  ['/docs/', 'docs/a/b.md', true],
  ['docs/*', 'docs/a.md', true],
  ['docs/*', 'docs/a/b.md', false],
  ['apps/', 'x/apps/y', true],
  ['/apps/github', 'apps/github/x', true],
  ['**/logs', 'build/logs/x', true],
  ['envs/prod.json', 'envs/dev.json', false],
])('CODEOWNERS %s %s', (pattern, path, wanted) => expect(matchesPath(pattern, path)).toBe(wanted));

describe('pull requests', () => {
  let small: SmallForge;
  let pull: Pull;
  beforeEach(async () => {
    small = await openSmallForge();
    await write('main', 'base.txt', 'base');
    await branch('topic');
    await write('topic', 'topic.txt', 'topic');
    pull = addPull('topic');
  });
  afterEach(() => small.close());

  const folder = (): string => repositoryFolder(small.forge, small.repository().id);
  const id = (login: string): number => small.forge.store.accounts.by('login', login)[0]?.id ?? 0;
  const put = (work: () => void): void => small.forge.store.transaction(work);

  async function write(name: string, path: string, text: string): Promise<string> {
    const files = [{ path, content: Buffer.from(text) }];
    const identity = { kind: 'system' } as const;
    const request = { repository: small.repository(), identity, branch: name, files, message: 'change' };
    return (await commitFiles(small.forge, request)).sha;
  }

  async function branch(name: string): Promise<void> {
    const place = { repository: small.repository(), identity: small.identity('alice'), ref: `refs/heads/${name}` };
    await createRef(small.forge, place, readRef(folder(), 'refs/heads/main') ?? '');
  }

  function addPull(head: string): Pull {
    const repositoryId = small.repository().id;
    const row: Pull = {
      id: 1,
      repositoryId,
      number: 1,
      title: 't',
      body: null,
      state: 'open',
      draft: false,
      authorId: id('alice'),
      headRepositoryId: repositoryId,
      headRef: head,
      headSha: readRef(folder(), `refs/heads/${head}`) ?? '',
      baseRef: 'main',
      baseSha: readRef(folder(), 'refs/heads/main') ?? '',
      mergeRefSha: null,
      labels: [],
      requestedReviewerIds: [],
      requestedTeamIds: [],
      autoMerge: null,
      merged: false,
      mergedAt: null,
      mergedById: null,
      mergeCommitSha: null,
      lastPusherId: id('alice'),
      createdAt: '',
      updatedAt: '',
      closedAt: null,
    };
    put(() => small.forge.store.pulls.put(row));
    return row;
  }

  function review(login: string, state: Review['state'], commitSha = pull.headSha): void {
    put(() => {
      const row = { repositoryId: pull.repositoryId, pullId: 1, authorId: id(login), state, body: '', commitSha };
      small.forge.store.reviews.put({ id: small.forge.store.next('reviews'), ...row, submittedAt: '' });
    });
  }

  function check(name: string, appId: number, status: CheckRun['status'], conclusion: CheckRun['conclusion']): void {
    put(() =>
      small.forge.store.checkRuns.put({
        id: small.forge.store.next('checks'),
        repositoryId: pull.repositoryId,
        suiteId: 1,
        appId,
        sha: pull.headSha,
        name,
        status,
        conclusion,
        startedAt: null,
        completedAt: null,
        detailsUrl: null,
        externalId: '',
        output: { title: null, summary: null, text: null, annotations: [] },
        createdAt: '',
      }),
    );
  }

  const pullRequest = (parameters: object): Ruleset['rules'][number] => ({
    type: 'pull_request',
    parameters: { required_approving_review_count: 0, ...parameters },
  });
  const verdict = async (method?: 'merge' | 'squash' | 'rebase', login = 'alice'): Promise<readonly string[]> => {
    const { violations } = await evaluateMerge(small.forge, pull, small.identity(login), method);
    return violations.map((one) => one.message);
  };
  const oneReview = 'At least 1 approving review is required by reviewers with write access.';

  test('approvals count when they come from others with write access', async () => {
    small.addRuleset({ rules: [pullRequest({ required_approving_review_count: 1 })] });
    expect(await verdict()).toEqual([oneReview]);
    review('alice', 'APPROVED');
    review('eve', 'APPROVED');
    expect(await verdict()).toEqual([oneReview]);
    review('bob', 'APPROVED');
    review('bob', 'COMMENTED');
    expect(await verdict()).toEqual([]);
    review('bob', 'CHANGES_REQUESTED');
    expect(await verdict()).toEqual([oneReview, 'Changes were requested by a reviewer with write access.']);
    review('bob', 'DISMISSED');
    expect(await verdict()).toEqual([oneReview]);
  });

  test('stale approvals, the last pusher, code owners, merge methods', async () => {
    review('bob', 'APPROVED', pull.baseSha);
    const stale = small.addRuleset({ rules: [pullRequest({ required_approving_review_count: 1 })] });
    expect(await verdict()).toEqual([]);
    const parameters = { required_approving_review_count: 1, dismiss_stale_reviews_on_push: true };
    small.addRuleset({ ...stale, rules: [pullRequest(parameters)] });
    expect(await verdict()).toEqual([oneReview]);
    review('bob', 'APPROVED');
    put(() => small.forge.store.pulls.put({ ...pull, lastPusherId: id('bob') }));
    pull = { ...pull, lastPusherId: id('bob') };
    small.addRuleset({ ...stale, rules: [pullRequest({ require_last_push_approval: true })] });
    expect(await verdict()).toEqual(['New changes require approval from someone other than the last pusher.']);
    small.addRuleset({ ...stale, rules: [pullRequest({ allowed_merge_methods: ['squash'] })] });
    expect(await verdict('merge')).toEqual(['Merge commits are not allowed on this repository.']);
    expect(await verdict('squash')).toEqual([]);
    put(() => small.forge.store.rulesets.delete(stale.id));
    await write('main', 'CODEOWNERS', '* @alice\n*.txt @eve @acme/api\n');
    small.addRuleset({ ...stale, rules: [pullRequest({ require_code_owner_review: true })] });
    expect(await verdict()).toEqual(['Waiting on code owner review from acme/api and/or eve.']);
    small.admin.createTeam('acme', 'api', ['bob']);
    expect(await verdict()).toEqual([]);
  });

  test('required checks by state, App, count, and being up to date', async () => {
    const required = (checks: readonly object[], strict = false): Ruleset['rules'] => [
      {
        type: 'required_status_checks',
        parameters: { required_status_checks: checks, strict_required_status_checks_policy: strict },
      },
    ];
    const one = small.addRuleset({ rules: required([{ context: 'build', integration_id: 15368 }]) });
    expect(await verdict()).toEqual(['Required status check "build" is expected.']);
    check('build', 7, 'completed', 'success');
    expect(await verdict()).toEqual(['Required status check "build" is expected.']);
    check('build', 15368, 'queued', null);
    expect(await verdict()).toEqual(['Required status check "build" is queued.']);
    check('build', 15368, 'in_progress', null);
    expect(await verdict()).toEqual(['Required status check "build" is in progress.']);
    check('build', 15368, 'completed', 'failure');
    expect(await verdict()).toEqual(['Required status check "build" is failing.']);
    const three = [{ context: 'build' }, { context: 'a' }, { context: 'b' }];
    small.addRuleset({ ...one, rules: required(three) });
    expect(await verdict()).toEqual(['3 of 3 required status checks have not succeeded: 1 failing and 2 expected.']);
    check('build', 15368, 'completed', 'neutral');
    expect(await verdict()).toEqual(['2 of 3 required status checks are expected.']);
    const strict = { ...one, rules: required([{ context: 'build' }], true) };
    small.addRuleset(strict);
    expect(await verdict()).toEqual([]);
    small.addRuleset({ ...strict, enforcement: 'disabled' });
    await write('main', 'later.txt', 'x');
    small.addRuleset(strict);
    const { violations } = await evaluateMerge(small.forge, pull, small.identity('alice'));
    expect(violations.map((violation) => violation.kind)).toEqual(['behind']);
  });

  test('bypass is by ruleset and by way; no role bypasses that is not listed', async () => {
    const rules = [{ type: 'update' }];
    const bypassActors = [{ actor_id: 5, actor_type: 'RepositoryRole', bypass_mode: 'pull_request' }] as const;
    expect(await verdict()).toEqual([]);
    const first = small.addRuleset({ rules, bypassActors });
    expect(await verdict('squash', 'bob')).toEqual(['Cannot update this protected ref.']);
    const asAdmin = await evaluateMerge(small.forge, pull, small.identity('alice'));
    expect(asAdmin.violations).toEqual([]);
    expect(asAdmin.bypassed.map((one) => one.message)).toEqual(['Cannot update this protected ref.']);
    const repository = small.repository();
    const updates = [{ ref: 'refs/heads/main', after: pull.headSha }];
    const identity = small.identity('alice');
    expect(await moveRefs(small.forge, { repository, identity, updates, via: 'push' })).toMatchObject([
      { outcome: 'refused', violations: ['Cannot update this protected ref.'] },
    ]);
    small.addRuleset({ name: 'other', rules });
    expect(await verdict('squash', 'alice')).toEqual(['Cannot update this protected ref.']);
    for (const enforcement of ['evaluate', 'disabled'] as const) {
      for (const one of [...small.forge.store.rulesets.values()]) small.addRuleset({ ...one, enforcement });
      expect(await verdict('squash', 'bob')).toEqual([]);
    }
    expect(first.id).toBeGreaterThan(0);
  });

  test('a linear history refuses merge commits however they come', async () => {
    small.addRuleset({ rules: [{ type: 'required_linear_history' }] });
    expect(await verdict('merge')).toEqual(['This branch must not contain merge commits.']);
    expect(await verdict('rebase')).toEqual([]);
    await write('topic', 'more.txt', 'x');
    await branch('side');
    const side = await write('side', 'side.txt', 'x');
    const at = githubCommitter('2026-01-01T00:00:00Z');
    const head = readRef(folder(), 'refs/heads/topic') ?? '';
    const made = await makeMerge(folder(), {
      base: head,
      head: side,
      method: 'merge',
      message: 'm',
      author: at,
      committer: at,
    });
    const after = 'sha' in made ? made.sha : '';
    const repository = small.repository();
    const updates = [{ ref: 'refs/heads/main', after }];
    const outcome = await moveRefs(small.forge, { repository, identity: small.identity('bob'), updates, via: 'push' });
    expect(outcome[0]?.violations).toEqual([
      `This branch must not contain merge commits.\n  Found 1 violation:\n\n  ${after}`,
    ]);
  });

  test('a push of exactly the approved head is accepted; creations follow their own rule', async () => {
    small.addRuleset({ rules: [pullRequest({ required_approving_review_count: 1 })] });
    const repository = small.repository();
    const identity = small.identity('bob');
    const push = (ref: string, after: string) =>
      moveRefs(small.forge, { repository, identity, updates: [{ ref, after }], via: 'push' });
    expect((await push('refs/heads/main', pull.headSha))[0]?.outcome).toBe('refused');
    review('bob', 'APPROVED');
    expect((await push('refs/heads/main', pull.headSha))[0]?.outcome).toBe('moved');
    const names = { ref_name: { include: ['hotfixes/**'], exclude: [] } };
    small.addRuleset({ name: 'h', conditions: names, rules: [{ type: 'creation' }, { type: 'deletion' }] });
    expect((await push('refs/heads/hotfixes/x', pull.baseSha))[0]?.violations).toEqual([
      'Cannot create ref due to creations being restricted.',
    ]);
    expect((await push('refs/heads/other', pull.baseSha))[0]?.outcome).toBe('moved');
    const system = { kind: 'system' } as const;
    const updates = [{ ref: 'refs/heads/hotfixes/x', after: pull.baseSha }];
    await moveRefs(small.forge, { repository, identity: system, updates, via: 'system' });
    expect((await push('refs/heads/hotfixes/x', zeroSha))[0]?.violations).toEqual(['Cannot delete this branch']);
  });
});
