import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../../git/git.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { openForge } from '../open-forge.ts';
import { openStore } from '../store.ts';
import { type Acme, checksRule, openAcme, pullRequestRule } from '../testing/acme.ts';

let acme: Acme;
beforeEach(async () => {
  acme = await openAcme();
});
afterEach(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const at = (number: number, rest = ''): string => `/repos/acme/app/pulls/${number}${rest}`;
const get = (number: number) => acme.ask('alice', 'GET', at(number), undefined, 200);
const row = (number: number) => acme.forge.store.pulls.by('number', `${acme.repository().id}/${number}`)[0];
const settings = (change: object) => acme.ask('carol', 'PATCH', '/repos/acme/app', change, 200);

async function arm(token: string, id: string): Promise<void> {
  const armed = await acme.graphql(
    token,
    'mutation($p: ID!) { enablePullRequestAutoMerge(input: {pullRequestId: $p, mergeMethod: SQUASH}) { clientMutationId } }',
    { p: id },
  );
  expect(armed.errors).toBeUndefined();
}

/** Every pull request brought up to date: what the background does anyway. */
const idle = async (): Promise<void> => {
  await expect
    .poll(() =>
      [...acme.forge.store.pulls.values()].some((one) => one.state === 'open' && one.owed?.action !== undefined),
    )
    .toBe(false);
};

test('approvals of an earlier head are dismissed by a push where a rule says so; auto-merge waits for a new one', async () => {
  await acme.ruleset([pullRequestRule({ dismiss_stale_reviews_on_push: true }), checksRule('ci')]);
  const { number, id } = await acme.pull('alice', 'topic');
  await arm(acme.tokens.alice, id);
  await acme.ask('bob', 'POST', at(number, '/reviews'), { event: 'APPROVE' }, 200);
  const head = await acme.commit('alice', 'topic', 'more.txt', 'more');
  await acme.ask('alice', 'POST', `/repos/acme/app/statuses/${head}`, { state: 'success', context: 'ci' }, 201);
  expect(await acme.ask('alice', 'GET', at(number, '/reviews'))).toMatchObject([{ state: 'DISMISSED' }]);
  expect(await get(number)).toMatchObject({
    merged: false,
    auto_merge: { merge_method: 'squash' },
    head: { sha: head },
  });
  await acme.ask('bob', 'POST', at(number, '/reviews'), { event: 'APPROVE' }, 200);
  await expect.poll(async () => (await get(number)).merged).toBe(true);
});

test('auto-merge is disarmed by a push of somebody who may not write, and by the loss of its armer’s right', async () => {
  await acme.ruleset([checksRule('ci')]);
  acme.admin.createUser('guest');
  const guest = acme.admin.createToken('guest');
  acme.admin.addCollaborator('acme/app', 'guest', 'read');
  const fork = await acme.ask(guest, 'POST', '/repos/acme/app/forks', {}, 202);
  expect(fork).toMatchObject({ full_name: 'guest/app', fork: true });
  await acme.commit(guest, 'idea', 'idea.txt', 'idea', 'guest/app');
  const pull = await acme.ask(
    guest,
    'POST',
    '/repos/acme/app/pulls',
    { title: 'Idea', head: 'guest:idea', base: 'main' },
    201,
  );
  expect(pull).toMatchObject({ head: { label: 'guest:idea' }, mergeable: true });
  await arm(acme.tokens.alice, pull.node_id);
  await acme.commit(guest, 'idea', 'evil.txt', 'evil', 'guest/app');
  expect((await get(pull.number)).auto_merge).toBeNull();

  const own = await acme.pull('bob', 'later');
  await arm(acme.tokens.alice, own.id);
  await acme.ask('carol', 'DELETE', '/repos/acme/app/collaborators/alice', undefined, 204);
  await acme.ask('bob', 'POST', `/repos/acme/app/statuses/${own.head}`, { state: 'success', context: 'ci' }, 201);
  await expect.poll(() => row(own.number)?.autoMerge).toBeNull();
  expect(row(own.number)).toMatchObject({ merged: false, state: 'open' });
});

test('a fork’s pull request gets its merge ref in the base repository, merges there and keeps its branch', async () => {
  await settings({ delete_branch_on_merge: true });
  acme.admin.createUser('guest');
  acme.admin.addCollaborator('acme/app', 'guest', 'read');
  const guest = acme.admin.createToken('guest');
  await acme.ask(guest, 'POST', '/repos/acme/app/forks', {}, 202);
  const head = await acme.commit(guest, 'idea', 'idea.txt', 'idea', 'guest/app');
  const body = { title: 'Idea', head: 'guest:idea', base: 'main' };
  const { number } = await acme.ask(guest, 'POST', '/repos/acme/app/pulls', body, 201);
  const folder = repositoryFolder(acme.forge, acme.repository().id);
  expect(readRef(folder, `refs/pull/${number}/head`)).toBe(head);
  const merge = readRef(folder, `refs/pull/${number}/merge`) ?? '';
  expect(await git(['rev-list', '--parents', '-1', merge], repositoryGit(folder))).toContain(
    `${acme.tip('main')} ${head}`,
  );
  const event = [...acme.forge.store.outbox.values()].flatMap(({ command }) =>
    command.kind === 'event' && command.event.name === 'pull_request' ? [command.event] : [],
  );
  // An event that no workflow listens to is not kept; what is kept of a fork says so.
  for (const one of event) expect(one).toMatchObject({ fromFork: true, sha: merge, headSha: head });
  await acme.ask(guest, 'PUT', at(number, '/merge'), {}, 403);
  const second = await acme.commit(guest, 'idea', 'more.txt', 'more', 'guest/app');
  await acme.ask('alice', 'PUT', at(number, '/merge'), { sha: second, merge_method: 'rebase' }, 200);
  expect(acme.tip('idea', 'guest/app')).toBe(second);
  expect((await acme.ask('alice', 'GET', '/repos/acme/app/contents/more.txt', undefined, 200)).name).toBe('more.txt');
});

test('update-branch merges the base in, once, for who may write to the head', async () => {
  const { number, head } = await acme.pull('alice', 'topic');
  await acme.ask('alice', 'PUT', at(number, '/update-branch'), {}, 422);
  const main = await acme.commit('carol', 'main', 'other.txt', 'other');
  await acme.ask('bob', 'PUT', at(number, '/update-branch'), { expected_head_sha: main }, 422);
  await acme.ask('bob', 'PUT', at(number, '/update-branch'), { expected_head_sha: head }, 202);
  const { commits, head: now } = await get(number);
  expect({ commits, moved: now.sha !== head }).toEqual({ commits: 2, moved: true });
  expect(row(number)).toMatchObject({ baseSha: main, lastPusherId: acme.accountId('bob') });
});

test('people and teams are asked for reviews, and not asked again once they gave one', async () => {
  const { number, id } = await acme.pull('alice', 'topic');
  acme.admin.createTeam('acme', 'platform', ['bob', 'carol']);
  acme.admin.addTeamRepository('acme', 'platform', 'acme/app', 'write');
  const path = at(number, '/requested_reviewers');
  await acme.ask('alice', 'POST', path, {}, 422);
  await acme.ask('alice', 'POST', path, { reviewers: ['alice'] }, 422);
  await acme.ask('alice', 'POST', path, { reviewers: ['nobody'] }, 422);
  await acme.ask('alice', 'POST', path, { team_reviewers: ['nobody'] }, 422);
  const asked = await acme.ask('alice', 'POST', path, { reviewers: ['bob'], team_reviewers: ['platform'] }, 201);
  expect(asked).toMatchObject({ requested_reviewers: [{ login: 'bob' }], requested_teams: [{ slug: 'platform' }] });
  const seen = await acme.graphql(
    acme.tokens.alice,
    'query($p: ID!) { node(id: $p) { ... on PullRequest { reviewRequests(first: 5) { nodes { requestedReviewer { ... on User { login } ... on Team { slug } } } } } } }',
    { p: id },
  );
  expect(JSON.stringify(seen.data)).toContain(
    '[{"requestedReviewer":{"login":"bob"}},{"requestedReviewer":{"slug":"platform"}}]',
  );
  await acme.ask('bob', 'POST', at(number, '/reviews'), { event: 'COMMENT', body: 'Hm' }, 200);
  expect(await acme.ask('alice', 'GET', path, undefined, 200)).toMatchObject({
    users: [],
    // Somebody of the team has looked.
    teams: [],
  });
  await acme.ask('alice', 'DELETE', path, { reviewers: [], team_reviewers: ['platform'] }, 200);
  expect(await acme.ask('alice', 'GET', path, undefined, 200)).toEqual({ users: [], teams: [] });
});

test('a deleted base closes its pull requests, a merged one hands them on', async () => {
  const below = await acme.pull('alice', 'below');
  await acme.commit('alice', 'stray', 'stray.txt', 'stray');
  const open = async (head: string, base: string): Promise<number> => {
    await acme.ask(
      'alice',
      'POST',
      '/repos/acme/app/git/refs',
      { ref: `refs/heads/${head}`, sha: acme.tip(base) },
      201,
    );
    await acme.commit('alice', head, `${head}.txt`, head);
    return (await acme.ask('alice', 'POST', '/repos/acme/app/pulls', { title: head, head, base }, 201)).number;
  };
  const onBelow = await open('above', 'below');
  const onStray = await open('lost', 'stray');
  await acme.ask('alice', 'PUT', at(below.number, '/merge'), {}, 200);
  await acme.ask('alice', 'DELETE', '/repos/acme/app/git/refs/heads/below', undefined, 204);
  await acme.ask('alice', 'DELETE', '/repos/acme/app/git/refs/heads/stray', undefined, 204);
  expect(await get(onBelow)).toMatchObject({ state: 'open', base: { ref: 'main' }, commits: 1, mergeable: true });
  expect(await get(onStray)).toMatchObject({ state: 'closed', merged: false });
  await acme.ask('alice', 'PATCH', at(onStray), { state: 'open' }, 422);
});

test('a squash names those who wrote its commits; a merge is taken back by a pull request', async () => {
  const { number, id } = await acme.pull('alice', 'topic');
  const file = { message: 'Help\n\nCo-authored-by: Zoe <zoe@example.com>', content: 'eA==', branch: 'topic' };
  await acme.ask('bob', 'PUT', '/repos/acme/app/contents/bob.txt', file, 201);
  const { sha } = await acme.ask('alice', 'PUT', at(number, '/merge'), { merge_method: 'squash' }, 200);
  const { commit, author } = await acme.ask('alice', 'GET', `/repos/acme/app/commits/${sha}`, undefined, 200);
  const bob = `${acme.accountId('bob')}+bob@users.noreply.github.com`;
  expect(author.login).toBe('alice');
  expect(commit.message).toBe(
    `topic (#${number})\n\n* Write topic.txt\n\n* Help\n\nCo-authored-by: Zoe <zoe@example.com>\n\n---------\n\nCo-authored-by: bob <${bob}>\nCo-authored-by: Zoe <zoe@example.com>`,
  );
  await acme.commit('carol', 'main', 'since.txt', 'since');
  const reverted = await acme.graphql(
    acme.tokens.bob,
    'mutation($p: ID!) { revertPullRequest(input: {pullRequestId: $p}) { revertPullRequest { number title body headRefName files(first: 9) { nodes { path changeType } } } } }',
    { p: id },
  );
  expect(reverted.errors).toBeUndefined();
  expect(reverted.data?.['revertPullRequest']).toMatchObject({
    revertPullRequest: {
      title: 'Revert "topic"',
      body: `Reverts acme/app#${number}`,
      headRefName: `revert-${number}-topic`,
      files: {
        nodes: [
          { path: 'bob.txt', changeType: 'DELETED' },
          { path: 'topic.txt', changeType: 'DELETED' },
        ],
      },
    },
  });
  const open = await acme.pull('alice', 'open');
  const refused = await acme.graphql(
    acme.tokens.bob,
    'mutation($p: ID!) { revertPullRequest(input: {pullRequestId: $p}) { clientMutationId } }',
    { p: open.id },
  );
  expect(refused.errors).toMatchObject([{ type: 'UNPROCESSABLE', message: 'Pull request is not merged' }]);
});

test('a forge that was killed in the middle of a merge, of an opening and of a branch’s deletion ends them', async () => {
  await settings({ delete_branch_on_merge: true });
  const merging = await acme.pull('alice', 'merging');
  const undone = await acme.pull('alice', 'undone');
  const opening = await acme.pull('alice', 'opening');
  const leaving = await acme.pull('alice', 'leaving');
  await idle();
  const { folder, clock, random, urls } = acme.forge;
  const git0 = repositoryFolder(acme.forge, acme.repository().id);
  const base = acme.tip('main') ?? '';
  const made = row(merging.number)?.mergeRefSha ?? '';
  const actor = { kind: 'user', accountId: acme.accountId('bob') } as const;
  await acme.close();
  // As a kill leaves it: the merge noted and its ref moved, or only noted; an opening unheard; a branch not yet gone.
  const raw = await openStore(folder, clock);
  raw.transaction(() => {
    const change = (number: number, what: object): void => {
      const held = raw.pulls.by('number', `${acme.repository().id}/${number}`)[0];
      if (held !== undefined) raw.pulls.put({ ...held, ...what });
    };
    change(merging.number, { merging: { sha: made, actor } });
    change(undone.number, { merging: { sha: row(undone.number)?.mergeRefSha, actor } });
    change(opening.number, { owed: { action: 'opened', actor }, mergeRefSha: null });
    const done = { merged: true, state: 'closed', mergedAt: '2026-01-01T00:00:00Z', mergeCommitSha: base };
    change(leaving.number, { ...done, headToDelete: actor });
    raw.refIntents.put({
      id: raw.next('refIntents'),
      repositoryId: acme.repository().id,
      ref: 'refs/heads/main',
      before: base,
      after: made,
      actorId: acme.accountId('bob'),
      tokenKind: 'classic',
    });
  });
  await raw.close();
  await git(['update-ref', 'refs/heads/main', made, base], repositoryGit(git0));
  const again = await openForge({ folder, clock, random, urls });
  const pullOf = (number: number) => again.forge.store.pulls.by('number', `${acme.repository().id}/${number}`)[0];
  expect(pullOf(merging.number)).toMatchObject({
    merged: true,
    mergeCommitSha: made,
    mergedById: acme.accountId('bob'),
  });
  await expect.poll(() => pullOf(opening.number)?.owed).toBeUndefined();
  expect(pullOf(opening.number)?.mergeRefSha).toMatch(/^[0-9a-f]{40}$/);
  await expect.poll(() => readRef(git0, 'refs/heads/leaving')).toBeUndefined();
  await expect.poll(() => readRef(git0, 'refs/heads/merging')).toBeUndefined();
  await expect.poll(() => again.forge.store.refIntents.size).toBe(0);
  expect(pullOf(undone.number)).not.toHaveProperty('merging');
  const response = await again.app.request(`https://api.github.com${at(undone.number, '/merge')}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${acme.tokens.alice}` },
    body: '{}',
  });
  expect(response.status).toBe(200);
  await again.close();
});
