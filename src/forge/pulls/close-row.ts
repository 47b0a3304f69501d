import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import type { Pull } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { repositoryOf } from './find-pull.ts';
import { raiseOwed } from './raise-owed.ts';

/** Closes a pull request without merging it. Inside a transaction. */
export function closeRow(forge: Forge, pull: Pull, identity: Identity): void {
  const at = timestamp(forge);
  const { owed, merging: _merging, ...rest } = pull;
  const closed: Pull = { ...rest, state: 'closed', closedAt: at, updatedAt: at, autoMerge: null };
  // What nobody has heard of yet comes before its end; no merge was made for it.
  raiseOwed(forge, owed, { ...rest, mergeRefSha: null });
  forge.store.pulls.put(closed);
  raiseEvent(forge, {
    name: 'pull_request',
    action: 'closed',
    repository: repositoryOf(forge, pull),
    identity,
    pull: closed,
  });
}
