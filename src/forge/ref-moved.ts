import { pushed } from './events.ts';
import type { Forge } from './forge.ts';
import { zeroSha } from './git/refs.ts';
import type { Identity } from './http.ts';
import { pullsAfterMove } from './pulls/after-move.ts';
import type { Repository } from './rows.ts';

export interface RefMove {
  readonly repository: Repository;
  /** Whole: `refs/heads/main`. */
  readonly ref: string;
  /** Forty zeros where it did not exist. */
  readonly before: string;
  /** Forty zeros where it was deleted. */
  readonly after: string;
  readonly identity: Identity;
}

/**
 * What follows when a ref has moved: pushes become events, pull requests get their new head and base.
 * Synchronous, inside the transaction that removes the move's intent, so that a kill loses none of it.
 */
export function refMoved(forge: Forge, move: RefMove): void {
  if (!/^refs\/(heads|tags)\//.test(move.ref)) return;
  forge.store.transaction(() => {
    pushed(forge, move);
    notePusher(forge, move);
    const repository = forge.store.repositories.get(move.repository.id) ?? move.repository;
    forge.store.repositories.put({ ...repository, pushedAt: new Date(forge.clock.now()).toISOString() });
    pullsAfterMove(forge, move);
  });
}

function notePusher(forge: Forge, { repository, ref, after, identity }: RefMove): void {
  if (!ref.startsWith('refs/heads/')) return;
  const { branchPushes } = forge.store;
  const held = branchPushes.by('ref', `${repository.id}/${ref}`)[0];
  if (after === zeroSha) {
    if (held !== undefined) branchPushes.delete(held.id);
    return;
  }
  const accountId = identity.account?.id;
  if (accountId === undefined || held?.accountId === accountId) return;
  branchPushes.put({ id: held?.id ?? forge.store.next('branchPushes'), repositoryId: repository.id, ref, accountId });
}
