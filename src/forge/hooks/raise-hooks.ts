import { randomUUID } from 'node:crypto';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import type { Hook, HookDelivery, Installation, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

type Json = Readonly<Record<string, unknown>>;

export interface HookEvent {
  readonly name: string;
  readonly repository?: Repository;
  /** Account id; a repository's owner unless given. */
  readonly organizationId?: number;
  /** Tells this App alone, however it subscribed: events of its own installation. */
  readonly installation?: Installation;
  /** Made only where somebody listens. */
  readonly payload: () => Json;
}

/** Events that GitHub tells Apps alone (docs.github.com, "Webhook events and payloads", Availability). */
const forApps = new Set([
  'repository_dispatch',
  'workflow_dispatch',
  'check_run_rerequested',
  'deployment_protection_rule',
  'deployment_review',
  'installation',
]);

/** So many deliveries of a hook are kept; GitHub keeps three days of them. */
const kept = 200;

/** Puts an event into the queues of the hooks that want it. Inside a transaction. */
export function raiseHooks(forge: Forge, event: HookEvent): void {
  const { store } = forge;
  if (store.hooks.size === 0) return;
  const { repository } = event;
  const ownerId = event.organizationId ?? repository?.ownerId;
  const own = [
    ...(repository === undefined ? [] : store.hooks.by('scope', `repository/${repository.id}`)),
    ...(ownerId === undefined ? [] : store.hooks.by('scope', `organization/${ownerId}`)),
  ].filter((hook) => wants(hook, event.name) && !forApps.has(event.name));
  const apps =
    event.installation === undefined ? listeningApps(forge, event, ownerId) : ownApp(forge, event.installation);
  if (own.length + apps.length === 0) return;
  const payload = event.payload();
  for (const hook of own) queueDelivery(forge, hook, { event: event.name, payload, repository });
  for (const { hook, installation } of apps) {
    const shown = { id: installation.id, node_id: nodeId('Installation', installation.id) };
    const all = 'installation' in payload ? payload : { ...payload, installation: shown };
    queueDelivery(forge, hook, { event: event.name, payload: all, repository, installation });
  }
}

/** Puts one delivery into a hook's queue; the oldest that are done make room. Inside a transaction. */
export function queueDelivery(
  forge: Forge,
  hook: Hook,
  told: {
    readonly event: string;
    readonly payload: Json;
    readonly repository?: Repository | undefined;
    readonly installation?: Installation | undefined;
  },
): void {
  const { store } = forge;
  const action = told.payload['action'];
  store.hookDeliveries.put({
    id: store.next('hookDeliveries'),
    hookId: hook.id,
    guid: randomUUID(),
    event: told.event,
    action: typeof action === 'string' ? action : null,
    repositoryId: told.repository?.id ?? null,
    installationId: told.installation?.id ?? null,
    at: timestamp(forge),
    redelivery: false,
    attempt: 1,
    ...unsent,
    payload: told.payload,
  });
  const all = store.hookDeliveries.by('hook', hook.id).filter((one) => one.state === 'done');
  for (const old of all.slice(0, Math.max(0, all.length - kept))) store.hookDeliveries.delete(old.id);
}

/** Puts another attempt at a delivery into the queue. Inside a transaction. */
export function redeliver(forge: Forge, delivery: HookDelivery, attempt = 1): void {
  const id = forge.store.next('hookDeliveries');
  const { event, action, guid, hookId, repositoryId, installationId, payload } = delivery;
  const same = { event, action, guid, hookId, repositoryId, installationId, payload };
  forge.store.hookDeliveries.put({ ...same, ...unsent, id, at: timestamp(forge), redelivery: true, attempt });
}

const unsent = {
  state: 'queued',
  seconds: 0,
  status: '',
  statusCode: 0,
  requestHeaders: {},
  responseHeaders: null,
  responseBody: null,
} as const;

function wants(hook: Hook, name: string): boolean {
  return hook.active && hook.url !== '' && (hook.events.includes('*') || hook.events.includes(name));
}

interface AppHook {
  readonly hook: Hook;
  readonly installation: Installation;
}

function listeningApps(forge: Forge, event: HookEvent, ownerId: number | undefined): readonly AppHook[] {
  const { repository } = event;
  const installations = ownerId === undefined ? [] : forge.store.installations.by('account', ownerId);
  return installations.flatMap((installation) => {
    const covers =
      repository === undefined ||
      installation.repositoryIds === 'all' ||
      installation.repositoryIds.includes(repository.id);
    const hook = forge.store.hooks.by('scope', `app/${installation.appId}`)[0];
    const told = covers && installation.suspendedAt === undefined && hook !== undefined && wants(hook, event.name);
    return told ? [{ hook, installation }] : [];
  });
}

function ownApp(forge: Forge, installation: Installation): readonly AppHook[] {
  const hook = forge.store.hooks.by('scope', `app/${installation.appId}`)[0];
  return hook?.active === true && hook.url !== '' ? [{ hook, installation }] : [];
}
