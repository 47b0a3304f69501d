import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Acme, checksRule, openAcme, pullRequestRule } from '../testing/acme.ts';

let acme: Acme;
beforeAll(async () => {
  acme = await openAcme();
});
afterAll(async () => {
  expect(acme.faults).toEqual([]);
  await acme.remove();
});

const drop = (): void =>
  acme.forge.store.transaction(() => {
    for (const one of [...acme.forge.store.rulesets.values()]) acme.forge.store.rulesets.delete(one.id);
  });

async function state(id: string): Promise<unknown> {
  const query = 'query($id: ID!) { node(id: $id) { ... on PullRequest { mergeStateStatus } } }';
  return (await acme.graphql(acme.tokens.alice, query, { id })).data?.['node'];
}

async function arm(id: string, method = 'MERGE'): Promise<string | undefined> {
  const query = `mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: ${method} }) { clientMutationId } }`;
  return (await acme.graphql(acme.tokens.alice, query, { id })).errors?.[0]?.message;
}

const status = (sha: string, value: string, context = 'ci') =>
  acme.ask('alice', 'POST', `/repos/acme/app/statuses/${sha}`, { state: value, context }, 201);

test('each merge state, and what auto-merge says to it; HAS_HOOKS is of servers with hooks of their own alone', async () => {
  const { number, head, id } = await acme.pull('alice', 'states');
  const path = `/repos/acme/app/pulls/${number}`;
  expect(await state(id)).toEqual({ mergeStateStatus: 'CLEAN' });
  expect((await acme.ask('alice', 'GET', path, undefined, 200)).mergeable_state).toBe('clean');
  expect(await arm(id)).toBe('Pull request Pull request is in clean status');

  await status(head, 'pending', 'optional');
  expect(await state(id)).toEqual({ mergeStateStatus: 'UNSTABLE' });
  expect(await arm(id)).toBe('Pull request Pull request is in unstable status');

  await acme.ruleset([pullRequestRule()]);
  expect(await state(id)).toEqual({ mergeStateStatus: 'BLOCKED' });
  await acme.ask('carol', 'PATCH', '/repos/acme/app', { allow_auto_merge: false, allow_rebase_merge: false }, 200);
  expect(await arm(id)).toBe('Auto merge is not allowed for this repository');
  await acme.ask('carol', 'PATCH', '/repos/acme/app', { allow_auto_merge: true }, 200);
  expect(await arm(id, 'REBASE')).toBe('Merge method rebase merging is not allowed on this repository');
  const eve = acme.admin.createToken('bob', { permissions: { pull_requests: 'write' } });
  const query = 'mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id }) { clientMutationId } }';
  expect((await acme.graphql(eve, query, { id })).errors?.[0]).toMatchObject({ type: 'FORBIDDEN' });
  expect(await arm(id)).toBeUndefined();
  expect((await acme.ask('alice', 'GET', path, undefined, 200)).auto_merge).toMatchObject({ merge_method: 'merge' });
  const disarm =
    'mutation($id: ID!) { disablePullRequestAutoMerge(input: { pullRequestId: $id }) { clientMutationId } }';
  expect((await acme.graphql(acme.tokens.alice, disarm, { id })).errors).toBeUndefined();
  expect((await acme.graphql(acme.tokens.alice, disarm, { id })).errors?.[0]?.message).toBe(
    "Can't disable auto-merge for this pull request",
  );
  drop();

  const strict = checksRule('ci');
  await acme.ruleset([{ ...strict, parameters: { ...strict.parameters, strict_required_status_checks_policy: true } }]);
  await status(head, 'success');
  await status(head, 'success', 'optional');
  expect(await state(id)).toEqual({ mergeStateStatus: 'CLEAN' });
  drop();
  await acme.commit('carol', 'main', 'ahead.txt', 'ahead');
  await acme.ruleset([{ ...strict, parameters: { ...strict.parameters, strict_required_status_checks_policy: true } }]);
  expect(await state(id)).toEqual({ mergeStateStatus: 'BEHIND' });
  drop();

  const draft = 'mutation($id: ID!) { convertPullRequestToDraft(input: { pullRequestId: $id }) { clientMutationId } }';
  await acme.graphql(acme.tokens.alice, draft, { id });
  expect(await state(id)).toEqual({ mergeStateStatus: 'DRAFT' });
  expect(await arm(id)).toBe('Pull request Pull request is in draft state');
  expect((await acme.ask('alice', 'PUT', `${path}/merge`, {}, 405)).message).toBe('Pull Request is still a draft');
  const ready =
    'mutation($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { clientMutationId } }';
  await acme.graphql(acme.tokens.alice, ready, { id });

  await acme.commit('carol', 'main', 'states.txt', 'otherwise\n');
  expect(await state(id)).toEqual({ mergeStateStatus: 'DIRTY' });
  expect(await arm(id)).toBe('Pull request Pull request is in dirty status');
  expect((await acme.ask('alice', 'PUT', `${path}/merge`, {}, 405)).message).toBe('Pull Request is not mergeable');
  await acme.ask('alice', 'PATCH', path, { state: 'closed' }, 200);
  expect(await state(id)).toEqual({ mergeStateStatus: 'UNKNOWN' });
  expect(await arm(id)).toBe("Can't enable auto-merge for this pull request");
});

test('a merge is refused when the head is not the one that was looked at, and by methods that are off', async () => {
  const { number, head } = await acme.pull('alice', 'looked');
  const path = `/repos/acme/app/pulls/${number}/merge`;
  const stale = await acme.ask('alice', 'PUT', path, { sha: '0'.repeat(40) }, 409);
  expect(stale.message).toBe('Head branch was modified. Review and try the merge again.');
  const off = await acme.ask('alice', 'PUT', path, { merge_method: 'rebase' }, 405);
  expect(off.message).toBe('Rebase merges are not allowed on this repository.');
  await acme.ask('alice', 'PUT', path, { sha: head, merge_method: 'squash' }, 200);
  await acme.ask('alice', 'PUT', path, {}, 405);
});
