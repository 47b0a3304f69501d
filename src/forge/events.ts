import type { WorkflowEvent } from '../protocol/event.ts';
import type { Happening } from './events/happening.ts';
import { actorRef, repositoryRef } from './events/named.ts';
import { payloadOf } from './events/payload.ts';
import { longestChain, type Place, placeOf, targetPlace } from './events/place.ts';
import type { Forge } from './forge.ts';
import { zeroSha } from './git/refs.ts';
import { raiseHooks } from './hooks/raise-hooks.ts';
import type { Identity } from './http.ts';
import type { Repository } from './rows.ts';
import { isProtected } from './rules/applicable-rulesets.ts';
import { workflowsWanted } from './rules/required-workflows.ts';
import { timestamp } from './timestamp.ts';

export type Raised = { readonly repository: Repository; readonly identity: Identity } & Happening;

/**
 * Puts what happened into the queues of webhooks and into the outbox for the runner, inside the caller's store
 * transaction. For workflows, what a job's own token did is passed over, dispatches excepted; so are pull requests
 * that conflict and checks of GitHub Actions itself.
 */
export function raiseEvent(forge: Forge, raised: Raised): void {
  const { repository, identity } = raised;
  let made: WorkflowEvent['payload'] | undefined;
  const payload = (): WorkflowEvent['payload'] => {
    made ??= payloadOf(forge, repository, identity, raised);
    return made;
  };
  if (raised.name !== 'schedule') raiseHooks(forge, { name: raised.name, repository, payload });
  if (!actionsEnabled(forge, repository)) return;
  const dispatch = raised.name === 'workflow_dispatch' || raised.name === 'repository_dispatch';
  if (identity.kind === 'job' && !dispatch) return;
  const depth = chainDepth(forge, raised);
  if (depth > longestChain) return;
  queue(forge, raised, raised.name, placeOf(forge, repository, raised), payload, depth);
  if (raised.name === 'pull_request') {
    queue(forge, raised, 'pull_request_target', targetPlace(forge, repository, raised.pull), payload, depth);
    if (['opened', 'synchronize', 'reopened'].includes(raised.action)) {
      for (const wanted of workflowsWanted(forge, repository, raised.pull.baseRef))
        queue(forge, raised, raised.name, requiredPlace(forge, repository, raised, wanted), payload, depth);
    }
  }
}

/** A repository's own setting, where its organisation lets it have one. */
function actionsEnabled(forge: Forge, repository: Repository): boolean {
  const owner = forge.store.accounts.get(repository.ownerId)?.actions;
  const enabled = owner?.enabledRepositories ?? 'all';
  if (enabled === 'none') return false;
  if (enabled === 'selected' && owner?.selectedRepositoryIds?.includes(repository.id) !== true) return false;
  return repository.actionsEnabled !== false;
}

/** Where a workflow runs that a rule wants: on the pull request, by the file as it is pinned. */
function requiredPlace(
  forge: Forge,
  repository: Repository,
  raised: Happening,
  wanted: { readonly path: string; readonly sha: string; readonly repositoryId: number },
): Place | undefined {
  const place = placeOf(forge, repository, raised);
  if (place === undefined) return undefined;
  return { ...place, workflowSha: wanted.sha, workflow: wanted.path, requiredFrom: wanted.repositoryId };
}

/** Raises what a moved ref means: push, create, delete. An absent side is forty zeros. Inside a transaction. */
export function pushed(
  forge: Forge,
  move: {
    readonly repository: Repository;
    readonly ref: string;
    readonly before: string;
    readonly after: string;
    readonly identity: Identity;
  },
): void {
  const { repository, identity, ref, before, after } = move;
  if (!/^refs\/(heads|tags)\//.test(ref)) return;
  if (after === zeroSha) {
    raiseEvent(forge, { name: 'delete', repository, identity, ref, sha: before });
    // Workflows do not hear of a deleted branch's push; webhooks do.
    const push = { name: 'push', ref, before, after } as const;
    raiseHooks(forge, { name: 'push', repository, payload: () => payloadOf(forge, repository, identity, push) });
    return;
  }
  if (before === zeroSha) raiseEvent(forge, { name: 'create', repository, identity, ref, sha: after });
  raiseEvent(forge, { name: 'push', repository, identity, ref, before, after });
}

function queue(
  forge: Forge,
  raised: Raised,
  name: string,
  place: Place | undefined,
  payloadFor: () => WorkflowEvent['payload'],
  depth: number,
): void {
  if (place === undefined) return;
  const { store } = forge;
  const actor = raised.identity.account ?? store.accounts.get(raised.repository.ownerId);
  if (actor === undefined) return;
  const payload = payloadFor();
  const action = payload['action'];
  const event: WorkflowEvent = {
    id: store.next('outbox'),
    at: timestamp(forge),
    name,
    ...(typeof action === 'string' ? { action } : {}),
    repository: repositoryRef(forge, raised.repository),
    actor: actorRef(actor),
    ...place,
    payload,
    refProtected: isProtected(forge, raised.repository, place.ref),
    depth,
  };
  store.outbox.put({ id: event.id, command: { kind: 'event', event } });
}

function chainDepth(forge: Forge, raised: Raised): number {
  if (raised.name !== 'workflow_run') return 0;
  return (forge.store.events.get(raised.run.eventId)?.depth ?? 0) + 1;
}
