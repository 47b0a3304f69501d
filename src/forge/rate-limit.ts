import type { Forge } from './forge.ts';
import type { Identity } from './http.ts';
import { type RequestCounts, whoAsks } from './request-counts.ts';

export interface RateLimit {
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Seconds since the epoch. */
  readonly reset: number;
}

/** What GitHub's headers would say after the requests so far. The forge counts, and refuses nobody. */
export function rateLimit(
  forge: Forge,
  identity: Identity,
  counts: RequestCounts,
  kind: 'rest' | 'graphql' = 'rest',
): RateLimit {
  const limit = identity.kind === 'anonymous' ? 60 : identity.kind === 'job' ? 1000 : 5000;
  const used = Math.min(counts.total({ who: whoAsks(identity), kind }), limit);
  const hour = 3600;
  return { limit, used, remaining: limit - used, reset: (Math.floor(forge.clock.now() / 1000 / hour) + 1) * hour };
}
