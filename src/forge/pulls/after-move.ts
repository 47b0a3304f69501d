import { actorOf } from '../actor.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { readRef, zeroSha } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { roleAtLeast, roleOf } from '../permissions.ts';
import type { RefMove } from '../ref-moved.ts';
import type { Actor, Pull } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { closeRow } from './close-row.ts';
import { dismissStaleReviews } from './dismiss-stale-reviews.ts';
import { finishMerge } from './finish-merge.ts';

/** Tells the pull requests whose head or base a ref is that it moved. Inside a transaction. */
export function pullsAfterMove(forge: Forge, move: RefMove): void {
  if (!move.ref.startsWith('refs/heads/')) return;
  const branch = move.ref.slice('refs/heads/'.length);
  const key = `${move.repository.id}/${branch}`;
  for (const pull of forge.store.pulls.by('base', key)) if (pull.state === 'open') baseMoved(forge, pull, move);
  for (const pull of forge.store.pulls.by('head', key)) {
    if (pull.state !== 'open') continue;
    if (move.after === zeroSha) closeRow(forge, pull, move.identity);
    else headMoved(forge, pull, move);
  }
}

function baseMoved(forge: Forge, pull: Pull, move: RefMove): void {
  if (pull.merging?.sha === move.after) finishMerge(forge, pull, move);
  else if (move.after === zeroSha) {
    if (!retarget(forge, pull, move)) closeRow(forge, pull, move.identity);
  } else {
    const owed = pull.owed ?? { actor: actorOf(move.identity, pull.authorId) };
    forge.store.pulls.put({ ...pull, baseSha: move.after, owed });
  }
}

/**
 * A deleted base that was itself merged hands its pull requests on to where it went (docs.github.com, "About
 * branches"); says whether it did.
 */
function retarget(forge: Forge, pull: Pull, move: RefMove): boolean {
  const { store } = forge;
  const went = store.pulls
    .by('head', `${pull.repositoryId}/${pull.baseRef}`)
    .findLast((one) => one.merged && one.repositoryId === pull.repositoryId && one.headSha === move.before);
  const folder = repositoryFolder(forge, pull.repositoryId);
  const baseSha = went === undefined ? undefined : readRef(folder, `refs/heads/${went.baseRef}`);
  if (went === undefined || baseSha === undefined) return false;
  const actor = actorOf(move.identity, pull.authorId);
  const owed = { ...pull.owed, actor: pull.owed?.actor ?? actor };
  const moved: Pull = { ...pull, baseRef: went.baseRef, baseSha, updatedAt: timestamp(forge), owed };
  store.pulls.put(moved);
  const repository = move.repository;
  const changes = { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } };
  raiseEvent(forge, {
    name: 'pull_request',
    action: 'edited',
    repository,
    identity: move.identity,
    pull: moved,
    changes,
  });
  return true;
}

function headMoved(forge: Forge, pull: Pull, move: RefMove): void {
  const actor = actorOf(move.identity, pull.authorId);
  const keepsArmed = mayKeepArmed(forge, pull, actor);
  // An opening that nobody has heard of yet stays an opening, only of the newer head.
  const event =
    pull.owed?.action === undefined ? { action: 'synchronize', before: move.before, actor } : { ...pull.owed };
  const moved: Pull = {
    ...pull,
    headSha: move.after,
    lastPusherId: actor.accountId,
    autoMerge: keepsArmed ? pull.autoMerge : null,
    updatedAt: timestamp(forge),
    owed: event,
  };
  forge.store.pulls.put(moved);
  dismissStaleReviews(forge, moved, move.identity);
}

/** A push or a new base by somebody who may not write disarms auto-merge (docs.github.com, "Automatically merging a pull request"). */
export function mayKeepArmed(forge: Forge, pull: Pull, actor: Actor): boolean {
  const repository = forge.store.repositories.get(pull.repositoryId);
  if (actor.kind !== 'user') return true;
  return repository !== undefined && roleAtLeast(roleOf(forge, repository, actor.accountId), 'write');
}
