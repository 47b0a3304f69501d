import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../ports.ts';
import type { RunService } from '../protocol/run-service.ts';
import { prepareSigningKey } from './actions/jwt.ts';
import { type Admin, addAccount, addApp, createAdmin } from './admin.ts';
import { actionsAppId, type Forge } from './forge.ts';
import { settleRefIntents } from './git/move-refs.ts';
import { endObjectReaders } from './git/object-reader.ts';
import { endGitStarter, openGitStarter } from './git/repository-folder.ts';
import type { HookNetwork } from './hooks/attempt-delivery.ts';
import { startDeliveries } from './hooks/delivery-loop.ts';
import type { ForgeApp } from './http.ts';
import { createListener, type Listener } from './listener.ts';
import { mountRoutes } from './mount-routes.ts';
import { startAutoMerge } from './pulls/auto-merge-loop.ts';
import { forgetMerges } from './pulls/forget-merges.ts';
import { RateLimiter } from './rate-limits/rate-limiter.ts';
import { RequestCounts } from './request-counts.ts';
import { createRunService } from './run-service.ts';
import { createApiApp } from './server.ts';
import { openStore } from './store.ts';
import { actionsBotId } from './tokens.ts';

export interface ForgeOptions {
  /** Holds everything; made when absent. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly urls: Forge['urls'];
  /** Told of what no request is answered with: faults of the forge itself. */
  readonly log?: (text: string) => void;
  /** Refuses requests beyond GitHub's rate limits; they are counted in any case. */
  readonly rateLimits?: boolean;
  /** So many Apps will be made. */
  readonly expectedApps?: number;
  /** How webhooks are delivered; without it they are recorded as not allowed. */
  readonly hooks?: HookNetwork;
}

export interface RunningForge {
  readonly forge: Forge;
  readonly app: ForgeApp;
  /** REST, GraphQL and git smart HTTP, told apart by the Host header. */
  readonly listener: Listener;
  readonly runs: RunService;
  readonly admin: Admin;
  readonly requests: RequestCounts;
  /** Resolves once no pull request is owed anything: merge refs, events, merges that were armed. */
  settled(): Promise<void>;
  /** Resolves once no webhook waits to be delivered. */
  hooksIdle(): Promise<void>;
  /** Ends what runs in the background and writes a snapshot. */
  close(): Promise<void>;
}

/**
 * Opens the forge that a folder holds, or an empty one, and settles what a killed one left half done.
 * @throws LAB_RUNNING when another process has the folder open.
 */
export async function openForge(options: ForgeOptions): Promise<RunningForge> {
  const log = options.log ?? (() => {});
  mkdirSync(join(options.folder, 'git'), { recursive: true });
  const { clock, random, folder, urls } = options;
  const store = await openStore(folder, clock);
  const forge: Forge = { store, clock, random, folder, urls };
  openGitStarter(join(folder, 'git'));
  const admin = createAdmin(forge, options.expectedApps);
  addOwnApp(forge);
  // Where it cannot be kept, whoever signs says so.
  const signingKey = prepareSigningKey(forge).catch(() => undefined);
  await settleRefIntents(forge);
  forgetMerges(forge);
  const autoMerge = startAutoMerge(forge, log);
  const deliveries = startDeliveries(forge, options.hooks, log);
  const runs = createRunService(forge, { checksChanged: autoMerge.wake });
  const requests = new RequestCounts();
  const limits = new RateLimiter(forge, options.rateLimits === true);
  const app = createApiApp(forge, requests, limits, log);
  mountRoutes(app, forge, requests, limits);
  return {
    forge,
    app,
    listener: createListener(app, forge, requests, log),
    runs,
    admin,
    requests,
    settled: autoMerge.idle,
    hooksIdle: deliveries.idle,
    close: async () => {
      runs.close();
      await deliveries.stop();
      await autoMerge.stop();
      endObjectReaders(join(folder, 'git'));
      endGitStarter(join(folder, 'git'));
      await signingKey;
      await store.close();
    },
  };
}

/** GitHub Actions is an App like any other, and there from the beginning. */
function addOwnApp(forge: Forge): void {
  if (forge.store.apps.get(actionsAppId) !== undefined) return;
  forge.store.transaction(() => {
    const owner = addAccount(forge, 'github', 'Organization', { id: 9919, members: [] });
    addApp(forge, {
      id: actionsAppId,
      botId: actionsBotId,
      slug: 'github-actions',
      name: 'GitHub Actions',
      ownerId: owner.id,
      publicKey: '',
      permissions: { metadata: 'read', contents: 'write', checks: 'write', statuses: 'write', actions: 'write' },
    });
  });
}
