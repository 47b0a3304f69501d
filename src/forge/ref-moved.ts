import { pushed } from './events.ts';
import type { Forge } from './forge.ts';
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
    const repository = forge.store.repositories.get(move.repository.id) ?? move.repository;
    forge.store.repositories.put({ ...repository, pushedAt: new Date(forge.clock.now()).toISOString() });
    pullsAfterMove(forge, move);
  });
}
