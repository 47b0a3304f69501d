import { parseTrailers, trailers } from '../../model/trailer.ts';
import type { CommitPull } from './commit-pulls.ts';
import type { DeploymentFact } from './deployment-facts.ts';
import { type Layout, releaseOf } from './layout.ts';
import { backward, forward, type Movement } from './movements.ts';
import { keyOf } from './pin-changes.ts';
import { type Spread, spread } from './spread.ts';

export interface Breach {
  readonly service: string;
  readonly release: string;
  readonly commit: string;
  readonly took: number;
  /** `waiting`: it is not there yet, and late already. */
  readonly state: 'late' | 'waiting';
}

/** The measures of one environment over a window. Exact definitions: docs/see.md. */
export interface EnvironmentMeasures {
  readonly environment: string;
  readonly deliveries: number;
  readonly perWeek: number;
  readonly failures: number;
  /** Failures by deliveries; null without deliveries. */
  readonly failureRate: number | null;
  readonly restore: Spread;
  /** Merge in the application repository → merge that pins it here. */
  readonly lead: Spread;
  /** Pinned in the environment before → pinned here. */
  readonly promotion: Spread;
  readonly breaches: readonly Breach[];
  /** Pull request opened → merged, and → its last approval. */
  readonly pull: Spread;
  readonly approval: Spread;
  /** Merge → the deployment that became healthy. */
  readonly synced: Spread;
}

export interface MeasureFacts {
  /** Pull requests of the infra repository by commit; undefined where GitHub was not asked. */
  readonly pulls: ReadonlyMap<string, CommitPull> | undefined;
  /** When a release's source was merged, by release; undefined where no application repository could be read. */
  readonly merged: ReadonlyMap<string, number> | undefined;
  readonly deployments: readonly DeploymentFact[] | undefined;
}

export interface Window {
  readonly since: number;
  readonly until: number;
  /** How long a promotion may take, in milliseconds. */
  readonly budget: number;
}

/** Measures of each environment. `movements` newest first, over all of history, so that what a window begins with is known. */
export function measure(
  layout: Pick<Layout, 'environments'>,
  movements: readonly Movement[],
  facts: MeasureFacts,
  window: Window,
): readonly EnvironmentMeasures[] {
  const arrivals = arrivalsOf(movements);
  const followers = followersOf(movements);
  return layout.environments.map(({ name, from }) => {
    const here = movements.filter((one) => one.environment === name);
    const inside = here.filter((one) => one.commit.at >= window.since && one.commit.at <= window.until);
    const delivered = inside.filter((one) => forward.has(one.kind));
    const mended = delivered.flatMap((one) => failureOf(one, followers.get(one), facts) ?? []);
    const weeks = (window.until - window.since) / (7 * 86_400_000);
    const times = from === undefined ? [] : delivered.map((one) => promotionTime(one, from, arrivals));
    return {
      environment: name,
      deliveries: delivered.length,
      perWeek: weeks <= 0 ? 0 : delivered.length / weeks,
      failures: mended.length,
      failureRate: delivered.length === 0 ? null : mended.length / delivered.length,
      restore: spread(mended.map((one) => one.restored)),
      lead: spread(delivered.map((one) => leadTime(one, facts.merged))),
      promotion: spread(times),
      breaches: [
        ...delivered.flatMap((one, index) => late(one, times[index], window.budget)),
        ...(from === undefined ? [] : overdue(here, movements, { from, ...window })),
      ],
      pull: spread(
        pullsOf(delivered, facts).map((pull) => (pull === undefined ? undefined : pull.mergedAt - pull.createdAt)),
      ),
      approval: spread(approvalTimes(delivered, facts)),
      synced: spread(delivered.map((one) => syncTime(one, facts))),
    };
  });
}

/** When each release was last brought to a place before a time: looked up from the newest. */
function arrivalsOf(movements: readonly Movement[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const { service, environment, after, commit } of movements) {
    if (after === undefined) continue;
    const key = `${keyOf(service, environment)}\u0000${releaseOf(after)}`;
    found.set(key, [...(found.get(key) ?? []), commit.at]);
  }
  return found;
}

function promotionTime(
  movement: Movement,
  from: string,
  arrivals: ReadonlyMap<string, readonly number[]>,
): number | undefined {
  if (movement.after === undefined) return undefined;
  const key = `${keyOf(movement.service, from)}\u0000${releaseOf(movement.after)}`;
  const at = arrivals.get(key)?.find((time) => time <= movement.commit.at);
  return at === undefined ? undefined : movement.commit.at - at;
}

function late({ service, after, commit, kind }: Movement, took: number | undefined, budget: number): readonly Breach[] {
  if (took === undefined || took <= budget || after === undefined || kind === 'hotfix') return [];
  return [{ service, release: releaseOf(after), commit: commit.sha, took, state: 'late' }];
}

/** What the environment before has had for longer than the budget, and this one has not. */
function overdue(
  here: readonly Movement[],
  movements: readonly Movement[],
  { from, budget, until }: Window & { readonly from: string },
): readonly Breach[] {
  const newest = new Map<string, Movement>();
  for (const one of here) if (!newest.has(one.service)) newest.set(one.service, one);
  const before = new Map<string, Movement>();
  for (const one of movements.filter((other) => other.environment === from))
    if (!before.has(one.service)) before.set(one.service, one);
  return [...before.values()].flatMap((one): readonly Breach[] => {
    const now = newest.get(one.service)?.after;
    if (one.after === undefined || now === undefined || releaseOf(now) === releaseOf(one.after)) return [];
    const took = until - one.commit.at;
    return took <= budget
      ? []
      : [{ service: one.service, release: releaseOf(one.after), commit: one.commit.sha, took, state: 'waiting' }];
  });
}

/** What came next to the same place, by movement. */
function followersOf(movements: readonly Movement[]): ReadonlyMap<Movement, Movement> {
  const newer = new Map<string, Movement>();
  const found = new Map<Movement, Movement>();
  for (const one of movements) {
    const key = keyOf(one.service, one.environment);
    const next = newer.get(key);
    if (next !== undefined) found.set(one, next);
    newer.set(key, one);
  }
  return found;
}

/** A delivery failed that was taken back next, mended by a hotfix next, or whose deployment failed and never became healthy. */
function failureOf(
  movement: Movement,
  next: Movement | undefined,
  facts: MeasureFacts,
): { readonly restored: number | undefined } | undefined {
  const taken =
    next !== undefined && (backward.has(next.kind) || (next.kind === 'hotfix' && movement.kind !== 'hotfix'));
  const deployment = facts.deployments?.find(
    (one) =>
      one.service === movement.service &&
      one.environment === movement.environment &&
      one.digest === movement.after?.digest,
  );
  const failed = deployment?.failedAt !== undefined && deployment.succeededAt === undefined;
  if (!taken && !failed) return undefined;
  return {
    restored:
      next === undefined ? undefined : next.commit.at - (failed ? (deployment?.failedAt ?? 0) : movement.commit.at),
  };
}

function leadTime({ after, commit }: Movement, merged: MeasureFacts['merged']): number | undefined {
  const at = after === undefined ? undefined : merged?.get(releaseOf(after));
  return at === undefined ? undefined : commit.at - at;
}

/** A pull request that brings several services counts once. */
function pullsOf(delivered: readonly Movement[], { pulls }: MeasureFacts): readonly (CommitPull | undefined)[] {
  const commits = [...new Set(delivered.map((one) => one.commit.sha))];
  const known = new Map<number, CommitPull>();
  const unknown = commits.filter((sha) => {
    const pull = pulls?.get(sha);
    if (pull !== undefined) known.set(pull.number, pull);
    return pull === undefined;
  });
  return [...known.values(), ...unknown.map(() => undefined)];
}

/** Only pull requests that somebody approved waited for it. */
function approvalTimes(delivered: readonly Movement[], facts: MeasureFacts): readonly (number | undefined)[] {
  return pullsOf(delivered, facts).flatMap((pull) => {
    if (pull === undefined) return [undefined];
    const last = pull.approvals.filter((one) => one.at <= pull.mergedAt).at(-1);
    return last === undefined ? [] : [last.at - pull.createdAt];
  });
}

function syncTime(
  { service, environment, after, commit }: Movement,
  { deployments }: MeasureFacts,
): number | undefined {
  const found = deployments?.find(
    (one) =>
      one.service === service &&
      one.environment === environment &&
      one.digest === after?.digest &&
      (one.succeededAt ?? 0) >= commit.at,
  );
  return found?.succeededAt === undefined ? undefined : found.succeededAt - commit.at;
}

/** Whoever a movement's commit says asked for it and why: hints. */
export function wordsOf(movement: Movement): { readonly requester: string | null; readonly reason: string | null } {
  const said = parseTrailers(movement.commit.message);
  return { requester: said.get(trailers.requestedBy) ?? null, reason: said.get(trailers.reason) ?? null };
}
