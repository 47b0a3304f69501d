import { completePayload } from '../events/complete-event.ts';
import type { Forge } from '../forge.ts';
import type { HookDelivery } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { attemptDelivery, type HookNetwork } from './attempt-delivery.ts';
import { redeliver } from './raise-hooks.ts';

export interface DeliveryLoop {
  /** Resolves once nothing is queued. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Milliseconds before the second and the third attempt. GitHub leaves it at one and at "redeliver"; a lab's receiver is
 * often not up yet.
 */
const pauses = [250, 1000];

/** Sends what is queued, each hook's deliveries in their order and hooks beside each other, also what a kill left. */
export function startDeliveries(
  forge: Forge,
  network: HookNetwork | undefined,
  log: (text: string) => void,
): DeliveryLoop {
  const { store } = forge;
  const stopping = new AbortController();
  const working = new Map<number, Promise<void>>();

  const work = async (hookId: number): Promise<void> => {
    for (;;) {
      const next = store.hookDeliveries.by('hook', hookId).find((one) => one.state === 'queued');
      if (next === undefined || stopping.signal.aborted) return;
      await carryOut(forge, network, next, stopping.signal);
    }
  };
  const start = (): void => {
    if (stopping.signal.aborted) return;
    for (const delivery of store.hookDeliveries.values()) {
      if (delivery.state !== 'queued' || working.has(delivery.hookId)) continue;
      const { hookId } = delivery;
      const running = Promise.resolve()
        .then(() => work(hookId))
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) log(`a webhook could not be delivered: ${String(error)}`);
        })
        .finally(() => {
          working.delete(hookId);
          if (store.hookDeliveries.by('hook', hookId).some((one) => one.state === 'queued')) start();
        });
      working.set(hookId, running);
    }
  };
  const unwatch = store.watch((touched) => {
    if (touched.has('hookDeliveries')) start();
  });
  start();
  return {
    idle: async () => {
      while (working.size > 0) await Promise.all(working.values());
    },
    stop: async () => {
      unwatch();
      stopping.abort();
      await Promise.allSettled(working.values());
    },
  };
}

async function carryOut(
  forge: Forge,
  network: HookNetwork | undefined,
  queued: HookDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { store } = forge;
  const hook = store.hooks.get(queued.hookId);
  if (hook === undefined) return store.transaction(() => store.hookDeliveries.delete(queued.id));
  const pause = pauses[queued.attempt - 2];
  if (pause !== undefined) await forge.clock.sleep(pause, signal);
  const payload = await completePayload(forge, queued.event, queued.repositoryId, queued.payload);
  const delivery = { ...queued, payload };
  const outcome = await attemptDelivery(forge, network, hook, delivery, signal);
  if (signal.aborted) return;
  const allowed = outcome.status !== 'host is not allowed by the lab';
  const again = allowed && (outcome.statusCode === 0 || outcome.statusCode >= 500) && queued.attempt <= pauses.length;
  const done: HookDelivery = { ...delivery, ...outcome, at: timestamp(forge), state: 'done' };
  store.transaction(() => {
    store.hookDeliveries.put(done);
    if (again) redeliver(forge, done, queued.attempt + 1);
  });
}
