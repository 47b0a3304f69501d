import { attempt, sayRefusal } from '../deeds.ts';
import type { Person } from '../person.ts';
import { allowed, type Ground, openPullOf, refused, stateOf, tipOf, writeFile } from './ground.ts';

/** What opens, blocks and merges a pull request. */
export async function rehearsePullRequests(ground: Ground): Promise<void> {
  const { book, developer, reviewer, owner, where } = ground;
  book.phase('A pull request from its opening to its merge');
  const { pulls, repos, git } = developer.api.rest;
  const main = await tipOf(ground, developer, 'main');
  await git.createRef({ ...where, ref: 'refs/heads/empty', sha: main });
  await refused(ground, 'one without commits is refused', '422', /^422 .*No commits between main and empty/s, () =>
    pulls.create({ ...where, title: 'empty', head: 'empty', base: 'main' }),
  );
  await refused(ground, 'one into nowhere is refused', '422', /^422 /, () =>
    pulls.create({ ...where, title: 'direct', head: 'direct', base: 'nowhere' }),
  );
  const one = await openPullOf(ground, developer, 'topic');
  const at = { ...where, pull_number: one.number };
  await refused(ground, 'a second of the same branch is refused', '422', /^422 .*A pull request already exists/s, () =>
    pulls.create({ ...where, title: 'topic', head: 'topic', base: 'main' }),
  );
  book.same('it is blocked', 'open blocked', await stateOf(ground, reviewer, one.number));
  const violated = /^405 .*(?:approving review is required|Required status check)/s;
  await refused(ground, 'it does not merge', '405, an approval and a check', violated, () => pulls.merge(at));
  await refused(ground, "nor for the organisation's owner", '405', violated, () => owner.api.rest.pulls.merge(at));
  await refused(ground, 'its author cannot approve it', '422', /^422 .*approve your own pull request/s, () =>
    pulls.createReview({ ...at, event: 'APPROVE' }),
  );
  await allowed(ground, 'the check succeeds', () =>
    repos.createCommitStatus({ ...where, sha: one.head, state: 'success', context: 'ci' }),
  );
  await refused(ground, 'that alone is not enough', '405', /^405 .*approving review is required/s, () =>
    pulls.merge(at),
  );
  await allowed(ground, 'somebody else approves it', () =>
    reviewer.api.rest.pulls.createReview({ ...at, event: 'APPROVE' }),
  );
  book.same('it is clean', 'open clean', await stateOf(ground, reviewer, one.number));
  const clean = await arm(developer, one.id);
  book.matches('what could merge now cannot be armed', 'in clean status', /clean status/, clean);

  const later = await writeFile(ground, developer, 'topic', 'later.txt', 'later\n');
  await allowed(ground, 'the check of the new head succeeds', () =>
    repos.createCommitStatus({ ...where, sha: later, state: 'success', context: 'ci' }),
  );
  await ground.github.idle();
  const { data: reviews } = await pulls.listReviews(at);
  book.same(
    'the approval has gone stale',
    ['DISMISSED'],
    reviews.map(({ state }) => state),
  );
  book.same('it is blocked again', 'open blocked', await stateOf(ground, reviewer, one.number));
  await refused(
    ground,
    'a merge of another head is refused',
    '409',
    /^409 Head branch (?:was modified|is out of date)/,
    () => reviewer.api.rest.pulls.merge({ ...at, sha: one.head }),
  );
  book.same('armed, it waits', 'it was armed', await arm(developer, one.id));
  await allowed(ground, 'approved again', () => reviewer.api.rest.pulls.createReview({ ...at, event: 'APPROVE' }));
  await ground.github.idle();
  book.matches('it merges by itself', 'merged', /^merged /, await stateOf(ground, reviewer, one.number));
  await refused(ground, 'it merges once', '405', /^405 /, () => reviewer.api.rest.pulls.merge(at));
  await rehearseDraft(ground);
}

async function rehearseDraft(ground: Ground): Promise<void> {
  const { book, developer, reviewer, owner, where } = ground;
  const two = await openPullOf(ground, developer, 'second');
  const at = { ...where, pull_number: two.number };
  await developer.api.rest.repos.createCommitStatus({ ...where, sha: two.head, state: 'success', context: 'ci' });
  await allowed(ground, 'a second one is approved', () =>
    reviewer.api.rest.pulls.createReview({ ...at, event: 'APPROVE' }),
  );
  await developer.api.graphql(
    'mutation($id: ID!) { convertPullRequestToDraft(input: { pullRequestId: $id }) { pullRequest { isDraft } } }',
    { id: two.id },
  );
  await refused(ground, 'as a draft it does not merge', '405', /^405 /, () => reviewer.api.rest.pulls.merge(at));
  await developer.api.graphql(
    'mutation($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } } }',
    { id: two.id },
  );
  await owner.api.rest.repos.update({ ...where, allow_merge_commit: false });
  await refused(ground, 'a method that is switched off is refused', '405', /^405 Merge commits are not allowed/, () =>
    reviewer.api.rest.pulls.merge({ ...at, merge_method: 'merge' }),
  );
  await allowed(ground, 'it is squashed', () => reviewer.api.rest.pulls.merge({ ...at, merge_method: 'squash' }));
  const { data } = await reviewer.api.rest.pulls.get(at);
  book.same('and merged by who pressed', reviewer.login, data.merged_by?.login);
}

/** Arms auto-merge, as gh does; answers what GitHub said. */
async function arm(person: Person, id: string): Promise<string> {
  const query =
    'mutation($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: SQUASH }) { pullRequest { autoMergeRequest { mergeMethod } } } }';
  try {
    const refusal = await attempt(() => person.api.graphql(query, { id }));
    return refusal === undefined ? 'it was armed' : sayRefusal(refusal);
  } catch (error) {
    if (error instanceof Error && error.name === 'GraphqlResponseError') return error.message;
    throw error;
  }
}
