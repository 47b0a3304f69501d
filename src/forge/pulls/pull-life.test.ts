import { afterAll, beforeAll, expect, test } from 'vitest';
import { pullRequestRule } from '../testing/acme.ts';
import { expectValid } from '../testing/expect-valid.ts';
import { openTestForge, type TestForge } from '../testing/open-test-forge.ts';

let forge: TestForge;
beforeAll(async () => {
  forge = await openTestForge();
});
afterAll(() => forge.remove());

async function ask(who: 'alice' | 'bob' | 'carol', method: string, path: string, body?: unknown, status?: number) {
  const response = await forge.call(forge.tokens[who], method, path, body);
  await expectValid(method, path, response);
  const text = await response.text();
  if (status !== undefined) expect({ status: response.status, text }).toMatchObject({ status });
  return text === '' ? {} : JSON.parse(text);
}

test('a pull request is opened by one GraphQL document, judged, approved and merged by itself', async () => {
  const repository = await ask('carol', 'POST', '/orgs/acme/repos', { name: 'infra', private: true }, 201);
  forge.admin.addCollaborator('acme/infra', 'alice', 'write');
  forge.admin.addCollaborator('acme/infra', 'bob', 'write');
  await ask('carol', 'PATCH', '/repos/acme/infra', { allow_auto_merge: true, delete_branch_on_merge: true }, 200);
  const first = await ask(
    'carol',
    'PUT',
    '/repos/acme/infra/contents/envs/dev.json',
    { message: 'Begin', content: Buffer.from('{}').toString('base64') },
    201,
  );
  const base = first.commit.sha;
  await ask(
    'carol',
    'POST',
    '/repos/acme/infra/rulesets',
    {
      name: 'main',
      target: 'branch',
      enforcement: 'active',
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      rules: [pullRequestRule({ dismiss_stale_reviews_on_push: true })],
    },
    201,
  );
  const made = await forge.graphql(
    forge.tokens.alice,
    `mutation($r: ID!, $o: GitObjectID!, $c: Base64String!) {
    createRef(input: {repositoryId: $r, name: "refs/heads/bump", oid: $o}) { ref { name } }
    createCommitOnBranch(input: {branch: {repositoryNameWithOwner: "acme/infra", branchName: "bump"}, expectedHeadOid: $o, message: {headline: "Bump"}, fileChanges: {additions: [{path: "envs/dev.json", contents: $c}]}}) { commit { oid } }
    createPullRequest(input: {repositoryId: $r, baseRefName: "main", headRefName: "bump", title: "Bump"}) { pullRequest { id number headRefOid mergeStateStatus } }
  }`,
    { r: repository.node_id, o: base, c: Buffer.from('{"a":1}').toString('base64') },
  );
  expect(made.errors).toBeUndefined();
  const { pullRequest: pull } = (made.data?.['createPullRequest'] ?? {}) as {
    pullRequest: { id: string; number: number; mergeStateStatus: string };
  };
  expect(pull).toMatchObject({ number: 1, mergeStateStatus: 'BLOCKED' });
  expect(forge.requests.total({ kind: 'graphql', who: 'alice' })).toBe(1);
  const path = '/repos/acme/infra/pulls/1';
  expect(await ask('alice', 'GET', path, undefined, 200)).toMatchObject({
    node_id: pull.id,
    mergeable: true,
    mergeable_state: 'blocked',
    commits: 1,
    changed_files: 1,
  });
  for (const part of ['files', 'commits', 'reviews']) await ask('alice', 'GET', `${path}/${part}`, undefined, 200);
  expect(await ask('alice', 'PUT', `${path}/merge`, {}, 405)).toMatchObject({
    message: expect.stringContaining('At least 1 approving review is required'),
  });
  expect(await ask('alice', 'POST', `${path}/reviews`, { event: 'APPROVE' }, 422)).toMatchObject({
    errors: ['Review Can not approve your own pull request'],
  });
  const armed = await forge.graphql(
    forge.tokens.alice,
    'mutation($p: ID!) { enablePullRequestAutoMerge(input: {pullRequestId: $p, mergeMethod: SQUASH, commitHeadline: "Bump it"}) { pullRequest { autoMergeRequest { mergeMethod } } } }',
    { p: pull.id },
  );
  expect(armed.errors).toBeUndefined();
  await ask('bob', 'POST', `${path}/reviews`, { event: 'APPROVE' }, 200);
  await expect.poll(async () => (await ask('alice', 'GET', path)).merged).toBe(true);
  await expect
    .poll(async () => (await forge.call(forge.tokens.alice, 'GET', '/repos/acme/infra/git/ref/heads/bump')).status)
    .toBe(404);
  expect(forge.faults).toEqual([]);
});

test('what is in the schema and not served says so', async () => {
  const answer = await forge.graphql(
    forge.tokens.alice,
    '{ repository(owner: "acme", name: "infra") { tempCloneToken } }',
  );
  expect(forge.faults).toEqual([]);
  expect(answer.errors?.[0]?.message).toBe('Repository.tempCloneToken is not served by the lab');
  const missing = await forge.graphql(forge.tokens.alice, '{ repository(owner: "acme", name: "nope") { id } }');
  expect(missing.errors?.[0]).toMatchObject({
    type: 'NOT_FOUND',
    message: "Could not resolve to a Repository with the name 'acme/nope'.",
  });
});

test('forged and expired credentials are refused', async () => {
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"iss":15368}').toString('base64url')}.`;
  for (const token of ['ghp_forged', none]) expect((await forge.call(token, 'GET', '/app')).status).toBe(401);
  expect((await forge.call(undefined, 'GET', '/repos/acme/infra')).status).toBe(404);
});
