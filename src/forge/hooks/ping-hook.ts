import { payloadOf } from '../events/payload.ts';
import type { Forge } from '../forge.ts';
import { readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import type { Identity } from '../http.ts';
import { presentAccount } from '../present/account.ts';
import { presentHook } from '../present/hook.ts';
import { presentOrganizationSimple } from '../present/organization.ts';
import { presentRepository } from '../present/repository.ts';
import type { Hook } from '../rows.ts';
import { queueDelivery } from './raise-hooks.ts';

/** Says to a hook that it is there. Inside a transaction. */
export function pingHook(forge: Forge, identity: Identity, hook: Hook): void {
  const repository = hook.scope === 'repository' ? forge.store.repositories.get(hook.scopeId) : undefined;
  const organization = hook.scope === 'organization' ? forge.store.accounts.get(hook.scopeId) : undefined;
  const payload = {
    zen: 'Keep it logically awesome.',
    hook_id: hook.id,
    hook: presentHook(forge, hook),
    ...(repository === undefined ? {} : { repository: presentRepository(forge, repository) }),
    ...(organization === undefined ? {} : { organization: presentOrganizationSimple(forge, organization) }),
    sender: presentAccount(forge, identity.account),
  };
  queueDelivery(forge, hook, { event: 'ping', payload, repository });
}

/** Tells a hook of the last push once more, where it listens to pushes. */
export function testHook(forge: Forge, identity: Identity, hook: Hook): void {
  const repository = forge.store.repositories.get(hook.scopeId);
  if (repository === undefined || !(hook.events.includes('push') || hook.events.includes('*'))) return;
  const ref = `refs/heads/${repository.defaultBranch}`;
  const head = readRef(repositoryFolder(forge, repository.id), ref);
  if (head === undefined) return;
  const push = { name: 'push', ref, before: head, after: head } as const;
  forge.store.transaction(() =>
    queueDelivery(forge, hook, { event: 'push', payload: payloadOf(forge, repository, identity, push), repository }),
  );
}
