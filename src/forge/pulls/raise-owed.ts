import { identityOfActor } from '../actor.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Pull } from '../rows.ts';
import { repositoryOf } from './find-pull.ts';

/** Raises the event that a pull request was owed, if any, showing it as it is now. Inside a transaction. */
export function raiseOwed(forge: Forge, owed: Pull['owed'], pull: Pull): void {
  if (owed?.action === undefined || owed.actor === undefined) return;
  raiseEvent(forge, {
    name: 'pull_request',
    action: owed.action,
    repository: repositoryOf(forge, pull),
    identity: identityOfActor(forge, owed.actor),
    pull,
    ...(owed.before === undefined ? {} : { before: owed.before, after: pull.headSha }),
  });
}
