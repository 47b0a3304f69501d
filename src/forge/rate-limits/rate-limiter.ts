import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { whoAsks } from '../request-counts.ts';

export type Resource = 'core' | 'graphql' | 'search';

export interface RateLimit {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

/** Why a request is not answered: the hour's limit, or one of those that guard the service. */
export type Excess =
  | { readonly kind: 'primary'; readonly reset: number }
  | { readonly kind: 'secondary'; readonly retryAfter: number };

interface Window {
  began: number;
  used: number;
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** docs.github.com, "Rate limits for the REST API", "Rate limits and query limits for the GraphQL API". */
const secondary = {
  concurrent: 100,
  restPointsPerMinute: 900,
  graphqlPointsPerMinute: 2000,
  contentPerMinute: 80,
  contentPerHour: 500,
} as const;

/** What is asked, as far as limits care. */
export interface Cost {
  readonly resource: Resource;
  /** Of the hour's limit: a REST request costs one, a GraphQL query what it asks for. */
  readonly points: number;
  readonly mutating: boolean;
  /** Makes something that people may be notified of. */
  readonly content: boolean;
  /** Secondary points of REST are counted for each. */
  readonly endpoint: string;
}

/** Counts requests as GitHub does, by who asks: a person with all tokens, an installation, a repository's jobs. */
export class RateLimiter {
  readonly #forge: Forge;
  readonly #enforced: boolean;
  readonly #windows = new Map<string, Window>();
  readonly #underWay = new Map<string, number>();

  constructor(forge: Forge, enforced: boolean) {
    this.#forge = forge;
    this.#enforced = enforced;
  }

  /** What GitHub's headers say now. */
  state(identity: Identity, resource: Resource): RateLimit {
    const limit = limitOf(this.#forge, identity, resource);
    const length = resource === 'search' ? minute : hour;
    const window = this.#window(`${keyOf(identity)} ${resource}`, length);
    const used = Math.min(window.used, limit);
    return { limit, used, remaining: limit - used, reset: Math.ceil((window.began + length) / second) };
  }

  /** Counts a request, unless limits are enforced and it is one too many: then it is not carried out. */
  take(identity: Identity, cost: Cost): Excess | undefined {
    const { resource, points } = cost;
    const length = resource === 'search' ? minute : hour;
    const key = keyOf(identity);
    const primary = this.#window(`${key} ${resource}`, length);
    const kept = this.#secondaryWindows(key, cost);
    if (this.#enforced) {
      if (primary.used + points > limitOf(this.#forge, identity, resource))
        return { kind: 'primary', reset: Math.ceil((primary.began + length) / second) };
      const full = kept.find(({ window, add, most }) => window.used + add > most);
      if (full !== undefined) return { kind: 'secondary', retryAfter: this.#secondsLeft(full.window, full.length) };
    }
    primary.used += points;
    for (const { window, add } of kept) window.used += add;
    return undefined;
  }

  /** Takes a request out of the hour's count again: one that was answered 304 to somebody who said who they are. */
  giveBack(identity: Identity, resource: Resource): void {
    if (identity.kind === 'anonymous') return;
    const window = this.#window(`${keyOf(identity)} ${resource}`, resource === 'search' ? minute : hour);
    window.used = Math.max(0, window.used - 1);
  }

  /** Notes a request that begins; answers how to note its end, or that too many are under way. */
  begin(identity: Identity): (() => void) | Excess {
    const key = keyOf(identity);
    const count = this.#underWay.get(key) ?? 0;
    if (this.#enforced && count >= secondary.concurrent) return { kind: 'secondary', retryAfter: 1 };
    this.#underWay.set(key, count + 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const left = (this.#underWay.get(key) ?? 1) - 1;
      if (left === 0) this.#underWay.delete(key);
      else this.#underWay.set(key, left);
    };
  }

  #secondaryWindows(key: string, cost: Cost) {
    const add = cost.mutating ? 5 : 1;
    const graphql = cost.resource === 'graphql';
    const points = graphql ? `${key} points graphql` : `${key} points ${cost.endpoint}`;
    const most = graphql ? secondary.graphqlPointsPerMinute : secondary.restPointsPerMinute;
    const kept = [{ window: this.#window(points, minute), add, most, length: minute }];
    if (!cost.content) return kept;
    const { contentPerMinute, contentPerHour } = secondary;
    return [
      ...kept,
      { window: this.#window(`${key} content minute`, minute), add: 1, most: contentPerMinute, length: minute },
      { window: this.#window(`${key} content hour`, hour), add: 1, most: contentPerHour, length: hour },
    ];
  }

  #secondsLeft(window: Window, length: number): number {
    return Math.max(1, Math.ceil((window.began + length - this.#forge.clock.now()) / second));
  }

  /** The running window of a key; a new one where the last is over. */
  #window(key: string, length: number): Window {
    const now = this.#forge.clock.now();
    const held = this.#windows.get(key);
    if (held !== undefined && now < held.began + length) return held;
    const made = { began: now, used: 0 };
    this.#windows.set(key, made);
    if (this.#windows.size > 10_000) this.#forgetOld(now);
    return made;
  }

  #forgetOld(now: number): void {
    for (const [key, window] of this.#windows) if (now > window.began + hour) this.#windows.delete(key);
  }
}

function keyOf(identity: Identity): string {
  const { kind, token, installation } = identity;
  if (kind === 'installation') return `installation/${installation?.id ?? 0}`;
  if (kind === 'job') return `job/${token?.repositoryIds === 'all' ? 0 : (token?.repositoryIds[0] ?? 0)}`;
  return whoAsks(identity);
}

function limitOf(forge: Forge, identity: Identity, resource: Resource): number {
  const anonymous = identity.kind === 'anonymous';
  if (resource === 'search') return anonymous ? 10 : 30;
  if (anonymous) return resource === 'graphql' ? 0 : 60;
  if (identity.kind === 'job') return 1000;
  const { installation } = identity;
  if (installation === undefined) return 5000;
  const { repositoryIds, accountId } = installation;
  const repositories = repositoryIds === 'all' ? forge.store.repositories.by('owner', accountId) : repositoryIds;
  const people = forge.store.accounts.get(accountId)?.members?.length ?? 1;
  const more = 50 * (Math.max(0, repositories.length - 20) + Math.max(0, people - 20));
  return Math.min(5000 + more, 12_500);
}
