import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, openAcme, pullRequestRule } from '../testing/acme.ts';
import { type Ask, octokitAsker } from '../testing/octokit.ts';
import { locateLine } from './locate-line.ts';

const repo = '/repos/{owner}/{repo}';
let acme: Acme;
let ask: Ask;
beforeAll(async () => {
  acme = await openAcme();
  ask = octokitAsker(acme);
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

test.each([
  ['@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d', 2, 'RIGHT', 3],
  ['@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d', 2, 'LEFT', 2],
  ['@@ -1,2 +1,3 @@\n a\n-b\n+c\n+d', 9, 'RIGHT', undefined],
] as const)('a line is found in a patch %#', (patch, line, side, position) =>
  expect(locateLine(patch, line, side)?.position).toBe(position),
);

test('a review is begun, seen by its author alone, submitted, changed and dismissed', async () => {
  const { number: pull_number, id } = await acme.pull('alice', 'life');
  const one = { pull_number };
  const at = `${repo}/pulls/{pull_number}`;
  const comments = [{ path: 'life.txt', line: 1, body: 'Why?' }];
  const { id: review_id, state } = await ask(
    `POST ${repo}/pulls/{pull_number}/reviews`,
    { ...one, body: 'Hm', comments },
    acme.tokens.bob,
  );
  expect(state).toBe('PENDING');
  const review = { ...one, review_id };
  expect(await ask(`GET ${at}/reviews`, one, acme.tokens.alice)).toEqual([]);
  expect(await ask(`GET ${at}/comments`, one, acme.tokens.alice)).toEqual([]);
  expect(await ask(`GET ${at}/comments`, one, acme.tokens.bob)).toHaveLength(1);
  await acme.ask('alice', 'GET', `/repos/acme/app/pulls/${pull_number}/reviews/${review_id}`, undefined, 404);
  const second = await acme.ask(
    'bob',
    'POST',
    `/repos/acme/app/pulls/${pull_number}/reviews`,
    { event: 'APPROVE' },
    422,
  );
  expect(second.errors).toEqual(['User can only have one pending review per pull request']);
  await ask(
    `POST ${repo}/pulls/{pull_number}/reviews/{review_id}/events`,
    { ...review, event: 'REQUEST_CHANGES' },
    acme.tokens.bob,
  );
  await ask(`PUT ${repo}/pulls/{pull_number}/reviews/{review_id}`, { ...review, body: 'Please' }, acme.tokens.bob);
  await acme.ask('bob', 'DELETE', `/repos/acme/app/pulls/${pull_number}/reviews/${review_id}`, undefined, 422);
  const [comment] = await ask(
    `GET ${repo}/pulls/{pull_number}/reviews/{review_id}/comments`,
    review,
    acme.tokens.alice,
  );
  expect(comment).toMatchObject({ path: 'life.txt', line: 1, position: 1, diff_hunk: '@@ -0,0 +1 @@\n+life' });
  const reply = { ...one, comment_id: comment.id, body: 'Because' };
  const answered = await ask(
    `POST ${repo}/pulls/{pull_number}/comments/{comment_id}/replies`,
    reply,
    acme.tokens.alice,
  );
  expect(answered.in_reply_to_id).toBe(comment.id);
  const { head } = await ask(`GET ${at}`, one);
  const own = { ...one, commit_id: head.sha, path: 'life.txt', line: 1, side: 'RIGHT', body: 'Also' };
  const made = await ask(`POST ${repo}/pulls/{pull_number}/comments`, own, acme.tokens.alice);
  await ask(`GET ${repo}/pulls/{pull_number}/comments`, one);
  expect(await ask(`GET ${repo}/pulls/comments`)).toHaveLength(3);
  await ask(`GET ${repo}/pulls/comments/{comment_id}`, { comment_id: made.id });
  const reactions = { comment_id: made.id };
  const { id: reaction_id } = await ask(`POST ${repo}/pulls/comments/{comment_id}/reactions`, {
    ...reactions,
    content: 'heart',
  });
  expect(await ask(`GET ${repo}/pulls/comments/{comment_id}/reactions`, reactions)).toHaveLength(1);
  await ask(`DELETE ${repo}/pulls/comments/{comment_id}/reactions/{reaction_id}`, { ...reactions, reaction_id });
  await ask(`PATCH ${repo}/pulls/comments/{comment_id}`, { comment_id: made.id, body: 'Also this' }, acme.tokens.alice);
  await ask(`DELETE ${repo}/pulls/comments/{comment_id}`, { comment_id: made.id }, acme.tokens.alice);
  const nowhere = { body: 'x', commit_id: head.sha, path: 'none.txt', line: 1 };
  await acme.ask('alice', 'POST', `/repos/acme/app/pulls/${pull_number}/comments`, nowhere, 422);
  expect((await ask(`GET ${at}`, one)).review_comments).toBe(2);
  const decision = await acme.graphql(
    acme.tokens.alice,
    'query($id: ID!) { node(id: $id) { ... on PullRequest { reviewDecision } } }',
    { id },
  );
  expect(decision.data).toEqual({ node: { reviewDecision: 'CHANGES_REQUESTED' } });
  const begun = await acme.ask('carol', 'POST', `/repos/acme/app/pulls/${pull_number}/reviews`, {}, 200);
  await ask(`DELETE ${repo}/pulls/{pull_number}/reviews/{review_id}`, { ...one, review_id: begun.id });
});

test('conversations must be resolved where a rule asks for it, which GraphQL shows and does', async () => {
  await acme.ruleset([
    pullRequestRule({ required_approving_review_count: 0, required_review_thread_resolution: true }),
  ]);
  const { number, id } = await acme.pull('alice', 'talk');
  const merge = `/repos/acme/app/pulls/${number}/merge`;
  const start = `mutation($id: ID!) {
    addPullRequestReviewThread(input: { pullRequestId: $id, path: "talk.txt", line: 1, body: "Hm" }) {
      thread { id isResolved path line diffSide comments(first: 5) { nodes { body state pullRequestReview { state } } } }
    }
  }`;
  const begun = await acme.graphql(acme.tokens.bob, start, { id });
  expect(begun).toMatchObject({
    data: {
      addPullRequestReviewThread: { thread: { isResolved: false, comments: { nodes: [{ state: 'PENDING' }] } } },
    },
  });
  const submit =
    'mutation($id: ID!) { submitPullRequestReview(input: { pullRequestId: $id, event: COMMENT }) { pullRequestReview { state } } }';
  await acme.graphql(acme.tokens.bob, submit, { id });
  const refused = await acme.ask('alice', 'PUT', merge, {}, 405);
  expect(refused.message).toContain('A conversation must be resolved before this pull request can be merged.');
  const query = `query($id: ID!) { node(id: $id) { ... on PullRequest { mergeStateStatus
    reviewThreads(first: 5) { totalCount nodes { id isResolved isOutdated viewerCanResolve comments(first: 2) { totalCount } } } } } }`;
  const shown = JSON.parse(JSON.stringify((await acme.graphql(acme.tokens.alice, query, { id })).data)).node;
  expect(shown).toMatchObject({ mergeStateStatus: 'BLOCKED', reviewThreads: { totalCount: 1 } });
  const thread = shown.reviewThreads.nodes[0];
  expect(thread).toMatchObject({ isResolved: false, isOutdated: false, viewerCanResolve: true });
  const reply = `mutation($id: ID!) { addPullRequestReviewThreadReply(input: { pullRequestReviewThreadId: $id, body: "So" }) { comment { body replyTo { body } } } }`;
  const replied = await acme.graphql(acme.tokens.alice, reply, { id: thread.id });
  expect(replied.data).toEqual({
    addPullRequestReviewThreadReply: { comment: { body: 'So', replyTo: { body: 'Hm' } } },
  });
  const resolve =
    'mutation($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { isResolved resolvedBy { login } } } }';
  expect((await acme.graphql(acme.tokens.alice, resolve, { id: thread.id })).data).toEqual({
    resolveReviewThread: { thread: { isResolved: true, resolvedBy: { login: 'alice' } } },
  });
  await acme.ask('alice', 'PUT', merge, {}, 200);
});

test('a pull request closes the issues that it, or its commits, say it closes; only in the default branch', async () => {
  const issue = async (title: string) =>
    (await acme.ask('alice', 'POST', '/repos/acme/app/issues', { title }, 201)).number;
  const [first, second, third] = [await issue('one'), await issue('two'), await issue('three')];
  const { number, id } = await acme.pull('alice', 'closing');
  const body = `Fixes #${first}, resolves acme/app#${second}; closes other/app#${third}.`;
  await acme.ask('alice', 'PATCH', `/repos/acme/app/pulls/${number}`, { body }, 200);
  const query =
    'query($id: ID!) { node(id: $id) { ... on PullRequest { closingIssuesReferences(first: 9) { nodes { number } } } } }';
  expect((await acme.graphql(acme.tokens.alice, query, { id })).data).toEqual({
    node: { closingIssuesReferences: { nodes: [{ number: first }, { number: second }] } },
  });
  await acme.ask('alice', 'PUT', `/repos/acme/app/pulls/${number}/merge`, {}, 200);
  const state = async (at: number) => {
    const shown = await acme.ask('alice', 'GET', `/repos/acme/app/issues/${at}`, undefined, 200);
    return [shown.state, shown.state_reason, shown.closed_by?.login];
  };
  expect(await state(first)).toEqual(['closed', 'completed', 'alice']);
  expect(await state(second)).toEqual(['closed', 'completed', 'alice']);
  expect(await state(third)).toEqual(['open', null, undefined]);
  for (const one of [...acme.forge.store.rulesets.values()])
    acme.forge.store.transaction(() => acme.forge.store.rulesets.delete(one.id));
  const message = `Mend\n\nCloses #${third}`;
  const content = Buffer.from('x').toString('base64');
  await acme.ask('carol', 'PUT', '/repos/acme/app/contents/mend.txt', { message, content }, 201);
  expect(await state(third)).toEqual(['closed', 'completed', 'carol']);
  await acme.ask('alice', 'PATCH', `/repos/acme/app/issues/${third}`, { state: 'open' }, 200);
  const wontFix = { state: 'closed', state_reason: 'not_planned' };
  await acme.ask('alice', 'PATCH', `/repos/acme/app/issues/${third}`, wontFix, 200);
  expect(await state(third)).toEqual(['closed', 'not_planned', 'alice']);
});

test('code owners and required teams are asked for their review when a pull request is ready', async () => {
  const team = acme.admin.createTeam('acme', 'keepers', ['carol']);
  acme.admin.addTeamRepository('acme', 'keepers', 'acme/app', 'write');
  await acme.commit('carol', 'main', '.github/CODEOWNERS', '*.sql @bob @acme/keepers\n');
  const file_patterns = ['other/**/*'];
  const required_reviewers = [{ file_patterns, minimum_approvals: 1, reviewer: { id: team.id, type: 'Team' } }];
  await acme.ruleset([pullRequestRule({ required_approving_review_count: 0, required_reviewers })]);
  const open = async (branch: string, path: string, draft: boolean) => {
    await acme.commit('alice', branch, path, 'x');
    return acme.ask(
      'alice',
      'POST',
      '/repos/acme/app/pulls',
      { title: branch, head: branch, base: 'main', draft },
      201,
    );
  };
  const names = (pull: { requested_reviewers: { login: string }[]; requested_teams: { slug: string }[] }) => [
    pull.requested_reviewers.map((one) => one.login),
    pull.requested_teams.map((one) => one.slug),
  ];
  expect(names(await open('data', 'a.sql', false))).toEqual([['bob'], ['keepers']]);
  expect(names(await open('plain', 'a.txt', false))).toEqual([[], []]);
  expect(names(await open('deep', 'other/b/c.txt', false))).toEqual([[], ['keepers']]);
  const draft = await open('draft', 'b.sql', true);
  expect(names(draft)).toEqual([[], []]);
  const ready =
    'mutation($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { reviewRequests(first: 5) { totalCount } } } }';
  expect((await acme.graphql(acme.tokens.alice, ready, { id: draft.node_id })).data).toEqual({
    markPullRequestReadyForReview: { pullRequest: { reviewRequests: { totalCount: 2 } } },
  });
  acme.admin.createUser('nobody');
  const path = `/repos/acme/app/pulls/${draft.number}/requested_reviewers`;
  await acme.ask('alice', 'POST', path, { reviewers: ['nobody'] }, 422);
  await acme.ask('alice', 'POST', path, { reviewers: ['alice'] }, 422);
  await acme.ask('alice', 'POST', path, { team_reviewers: ['none'] }, 422);
});

test('issues and pull requests are given to people', async () => {
  const { number: issue_number } = await acme.ask('alice', 'POST', '/repos/acme/app/issues', { title: 'Given' }, 201);
  const given = await ask(`POST ${repo}/issues/{issue_number}/assignees`, {
    issue_number,
    assignees: ['bob', 'nobody-there'],
  });
  expect(given.assignees.map((one: { login: string }) => one.login)).toEqual(['bob']);
  await ask(`DELETE ${repo}/issues/{issue_number}/assignees`, { issue_number, assignees: ['bob'] });
  await ask(`GET ${repo}/assignees`);
  await ask(`GET ${repo}/assignees/{assignee}`, { assignee: 'bob' });
  await ask(`GET ${repo}/issues/{issue_number}/assignees/{assignee}`, { issue_number, assignee: 'bob' });
  await ask(`PATCH ${repo}/labels/{name}`, {
    name: (await ask(`POST ${repo}/labels`, { name: 'was' })).name,
    new_name: 'is',
  });
  await ask(`GET ${repo}/issues/comments`);
});

test('the merge queue is answered with an error that says so, and unserved fields with one that names them', async () => {
  const { id } = await acme.pull('alice', 'queue');
  const enqueue = 'mutation($id: ID!) { enqueuePullRequest(input: { pullRequestId: $id }) { mergeQueueEntry { id } } }';
  const answer = await acme.graphql(acme.tokens.alice, enqueue, { id });
  expect(answer.errors?.[0]).toMatchObject({
    type: 'NOT_SERVED',
    message: expect.stringContaining('merge queue is not served'),
  });
  const unserved = await acme.graphql(
    acme.tokens.alice,
    'query($id: ID!) { node(id: $id) { ... on PullRequest { timelineItems(first: 1) { totalCount } } } }',
    { id },
  );
  expect(unserved.errors?.[0]?.message).toBe('PullRequest.timelineItems is not served by the lab');
});
