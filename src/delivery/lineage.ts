import type { Digest } from '../model/digest.ts';
import type { Deployed } from './state.ts';

/**
 * The way a place came to what it runs, oldest first: a release that returns takes off what had come after it, so that
 * what was rolled back from is never gone back to. `ran` is newest first.
 */
export function lineage(ran: readonly Digest[]): readonly Digest[] {
  const way: Digest[] = [];
  for (const digest of ran.toReversed()) {
    const earlier = way.indexOf(digest);
    if (earlier < 0) way.push(digest);
    else way.length = earlier + 1;
  }
  return way;
}

/** Digests that were healthy once in a place, newest first, as their deployments say. */
export function healthyOnce(deployments: readonly Deployed[], service: string, environment: string): readonly Digest[] {
  return deployments
    .filter((one) => one.service === service && one.environment === environment && one.succeeded)
    .map((one) => one.digest);
}

/** Whether a release lies behind the one that is pinned: going there is going back, not forward. */
export function liesBehind(ran: readonly Digest[], pinned: Digest | undefined, digest: Digest): boolean {
  const way = lineage(ran);
  const [at, other] = [pinned === undefined ? -1 : way.indexOf(pinned), way.indexOf(digest)];
  // What is pinned and never became healthy is ahead of everything that did.
  return other >= 0 && (at < 0 || other < at);
}
