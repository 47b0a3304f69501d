import { afterEach, beforeEach, expect, test } from 'vitest';
import { openWorld, type World } from '../actions/testing/world.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { readRef, zeroSha } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { closeRow } from '../pulls/close-row.ts';
import { finishMerge } from '../pulls/finish-merge.ts';
import { refMoved } from '../ref-moved.ts';
import type { Pull } from '../rows.ts';
import type { Happening } from './happening.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

/** The events that something raised, as they lie in the outbox. */
function raised(what: Happening, repository = world.repository) {
  const identity = world.identity(world.tokens.alice);
  return raisedBy((forge) => raiseEvent(forge, { ...what, repository, identity }));
}

function raisedBy(deed: (forge: Forge) => void) {
  const { forge } = world.running;
  const before = new Set([...forge.store.outbox.values()].map((row) => row.id));
  forge.store.transaction(() => deed(forge));
  return [...forge.store.outbox.values()].flatMap((row) =>
    before.has(row.id) || row.command.kind !== 'event' ? [] : [row.command.event],
  );
}

async function pullOf(change: Partial<Pull> = {}): Promise<Pull> {
  const baseSha = await world.push('main', { 'a.txt': 'a' });
  const headSha = await world.push('topic', { 'b.txt': 'b\n' });
  return {
    id: 1,
    repositoryId: world.repository.id,
    number: 7,
    title: 'Add b',
    body: null,
    state: 'open',
    draft: false,
    authorId: world.identity(world.tokens.alice).account?.id ?? 0,
    headRepositoryId: world.repository.id,
    headRef: 'topic',
    headSha,
    baseRef: 'main',
    baseSha,
    mergeRefSha: headSha,
    labels: [],
    requestedReviewerIds: [],
    requestedTeamIds: [],
    autoMerge: null,
    merged: false,
    mergedAt: null,
    mergedById: null,
    mergeCommitSha: null,
    lastPusherId: 0,
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    closedAt: null,
    ...change,
  };
}

test('a pull request runs on its merge ref and reports on its head; its target on the default branch', async () => {
  const pull = await pullOf();
  const [own, target] = raised({ name: 'pull_request', action: 'opened', pull });
  expect(own).toMatchObject({
    name: 'pull_request',
    action: 'opened',
    ref: 'refs/pull/7/merge',
    sha: pull.mergeRefSha,
    headSha: pull.headSha,
    headRef: 'topic',
    baseRef: 'main',
    fromFork: false,
    pullRequests: [7],
    diff: { base: pull.baseSha, head: pull.headSha },
    payload: { number: 7, pull_request: { title: 'Add b', head: { sha: pull.headSha } }, sender: { login: 'alice' } },
  });
  expect(target).toMatchObject({
    name: 'pull_request_target',
    ref: 'refs/heads/main',
    sha: pull.baseSha,
    workflowSha: pull.baseSha,
    headSha: pull.headSha,
  });
});

test('a conflicting pull request starts nothing of its own; a merged one runs on its base', async () => {
  const pull = await pullOf({ mergeRefSha: null });
  expect(raised({ name: 'pull_request', action: 'opened', pull }).map((event) => event.name)).toEqual([
    'pull_request_target',
  ]);
  const merged = { ...pull, merged: true, state: 'closed', mergeCommitSha: pull.baseSha } as const;
  expect(raised({ name: 'pull_request', action: 'closed', pull: merged })[0]).toMatchObject({
    ref: 'refs/heads/main',
    sha: pull.baseSha,
    action: 'closed',
  });
});

test('a push that nobody has heard of yet is told before the end of its pull request', async () => {
  const pull = await pullOf();
  const identity = world.identity(world.tokens.alice);
  const actor = { kind: 'user', accountId: pull.authorId } as const;
  const pushed = { ...pull, owed: { action: 'synchronize', before: pull.baseSha, actor } };
  const told = (deed: (forge: Forge) => void) =>
    raisedBy(deed)
      .filter(({ name }) => name === 'pull_request_target')
      .map(({ payload }) => [payload['action'], payload['before']]);
  const wanted = [
    ['synchronize', pull.baseSha],
    ['closed', undefined],
  ];
  expect(told((forge) => closeRow(forge, pushed, identity))).toEqual(wanted);
  const move = { before: pull.baseSha, after: pull.headSha, identity };
  expect(told((forge) => finishMerge(forge, pushed, move))).toEqual(wanted);
  expect(told((forge) => closeRow(forge, pull, identity))).toEqual([['closed', undefined]]);
});

test('a fork is told apart', async () => {
  const pull = await pullOf({ headRepositoryId: 999 });
  expect(raised({ name: 'pull_request', action: 'opened', pull })[0]).toMatchObject({ fromFork: true });
});

test('the size of a pull request is added when its event is taken', async () => {
  const pull = await pullOf();
  const { forge } = world.running;
  forge.store.transaction(() => {
    for (const row of [...forge.store.outbox.values()]) forge.store.outbox.delete(row.id);
    forge.store.pulls.put({ ...pull, id: 1 });
  });
  await world.push('main', { '.github/workflows/pulls.yml': 'on: pull_request\n' });
  const mergeRefSha = readRef(repositoryFolder(forge, world.repository.id), 'refs/heads/main') ?? '';
  raised({ name: 'pull_request', action: 'opened', pull: { ...pull, mergeRefSha } });
  const { payload } = await world.nextEvent('pull_request');
  expect(payload).toMatchObject({ pull_request: { commits: 1, additions: 1, deletions: 0, changed_files: 1 } });
});

test('a deleted branch raises delete alone; checks of Actions itself and inactive deployments raise nothing', async () => {
  const sha = await world.push('main', { 'a.txt': 'a' });
  const topic = await world.push('topic', { 'b.txt': 'b' });
  const { forge } = world.running;
  forge.store.transaction(() => {
    for (const row of [...forge.store.outbox.values()]) forge.store.outbox.delete(row.id);
  });
  const identity = world.identity(world.tokens.alice);
  refMoved(forge, { repository: world.repository, ref: 'refs/heads/topic', before: topic, after: zeroSha, identity });
  const events = [...forge.store.outbox.values()].map((row) =>
    row.command.kind === 'event' ? row.command.event : row,
  );
  expect(events).toMatchObject([
    { name: 'delete', ref: 'refs/heads/main', sha, payload: { ref: 'topic', ref_type: 'branch' } },
  ]);
  const suite = { id: 1, repositoryId: 1, appId: 15368, sha, branch: 'main', createdAt: '' };
  expect(raised({ name: 'check_suite', action: 'completed', checkSuite: suite })).toEqual([]);
  expect(raised({ name: 'check_suite', action: 'completed', checkSuite: { ...suite, appId: 7 } })).toHaveLength(1);
});
