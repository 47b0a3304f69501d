import type { Judgement } from '../../delivery/policy/judge.ts';
import type { Deployed } from '../../delivery/state.ts';
import type { Pin } from '../../manifest/pin.ts';
import { compareText } from '../../model/compare-text.ts';
import { holds } from '../../model/hold.ts';
import { parseTrailers, trailers } from '../../model/trailer.ts';
import type { CommitPull } from './commit-pulls.ts';
import { releaseOf, type SeenEnvironment } from './layout.ts';
import type { OpenPullFacts } from './open-pulls.ts';
import { type Commit, keyOf, type PinDifference } from './pin-changes.ts';
import { pullNumberOf } from './pull-number.ts';
import type { Since } from './since.ts';
import type { Snapshot } from './snapshot.ts';
import { waitsOf } from './waits.ts';

/** What is somewhere, since when, by whom, and what stands against it. Times are ISO 8601. The shape of `status --json`. */
export interface StatusRow {
  readonly service: string;
  readonly environment: string;
  readonly file: string;
  /** Digest, else tag, else the text that is pinned; null before the first release. */
  readonly release: string | null;
  readonly image: string | null;
  readonly tag: string | null;
  readonly digest: string | null;
  /** Why the pin cannot be read. */
  readonly problem: string | null;
  /** When it was pinned; null where history does not reach that far. */
  readonly since: string | null;
  /** Where `since` is null and the release is older than what was looked at. */
  readonly before: string | null;
  readonly by: By | null;
  /** The last deployment record of what is pinned. */
  readonly deployed: { readonly at: string; readonly healthy: boolean } | null;
  readonly hold: {
    readonly author: string;
    readonly since: string;
    readonly until: string | null;
    readonly reason: string;
  } | null;
  /** How it stands to the environment that releases come from. */
  readonly against: {
    readonly environment: string;
    readonly state: 'same' | 'differs' | 'not there' | 'unknown';
  } | null;
  readonly waiting: readonly Waiting[];
}

export interface By {
  readonly commit: string;
  /** Of the pull request, where GitHub ties one to the commit; else the commit's. */
  readonly author: string;
  /** Who asked for it, by the commit's trailers: a hint. */
  readonly requester: string | null;
  readonly pull: {
    readonly number: number;
    readonly url: string | null;
    readonly title: string | null;
    readonly mergedBy: string | null;
  } | null;
}

export interface Waiting {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly author: string;
  readonly since: string;
  /** What it would pin. */
  readonly release: string | null;
  /** Gates, approvals, checks that are missing; empty where it is about to merge by itself. */
  readonly waits: readonly string[];
}

/** An open pull request with the pins that it would change. */
export interface WaitingPull {
  readonly pull: OpenPullFacts;
  readonly changes: readonly Omit<PinDifference, 'file'>[];
  readonly judgement: Judgement | undefined;
}

/** What GitHub adds to a clone. */
export interface StatusFacts {
  readonly pulls: ReadonlyMap<string, CommitPull>;
  readonly open: readonly WaitingPull[];
  readonly deployments: readonly Deployed[];
}

/** Every place of the snapshot, by service and then in the environments' order. */
export function statusRows(
  snapshot: Snapshot,
  since: Since,
  facts: StatusFacts | undefined,
  now: number,
): readonly StatusRow[] {
  const { environments } = snapshot.layout;
  const order = new Map(environments.map((one, index) => [one.name, index]));
  const byKey = new Map(snapshot.places.map((one) => [keyOf(one.service, one.environment), one]));
  const deployed = new Map<string, Deployed>();
  for (const one of facts?.deployments ?? []) {
    const key = keyOf(keyOf(one.service, one.environment), one.digest);
    if (!deployed.has(key)) deployed.set(key, one);
  }
  const waiting = waitingByPlace(facts?.open ?? []);
  const rows = snapshot.places.map((place): StatusRow => {
    const { service, environment, file, pin } = place;
    const key = keyOf(service, environment);
    const commit = since.commits.get(key);
    const hold = snapshot.holds.find((one) => holds(one, service, environment, now));
    const here = pin?.digest === undefined ? undefined : deployed.get(keyOf(key, pin.digest));
    return {
      service,
      environment,
      file,
      release: pin === undefined ? null : releaseOf(pin),
      image: pin?.image ?? null,
      tag: pin?.tag ?? null,
      digest: pin?.digest ?? null,
      problem: place.problem ?? null,
      since: commit === undefined ? null : iso(commit.at),
      before: commit === undefined && pin !== undefined && since.until !== undefined ? iso(since.until.at) : null,
      by: commit === undefined ? null : byOf(commit, facts?.pulls.get(commit.sha)),
      deployed: here === undefined ? null : { at: here.at, healthy: here.succeeded },
      hold:
        hold === undefined
          ? null
          : { author: hold.author, since: hold.since, until: hold.until ?? null, reason: hold.reason },
      against: against(environments, place, (from) => byKey.get(keyOf(service, from))),
      waiting: waiting.get(key) ?? [],
    };
  });
  return rows.sort(
    (a, b) => compareText(a.service, b.service) || (order.get(a.environment) ?? 0) - (order.get(b.environment) ?? 0),
  );
}

/** Who is behind a commit, as far as is known. */
export function byOf(commit: Commit, pull: CommitPull | undefined): By {
  const requester = parseTrailers(commit.message).get(trailers.requestedBy) ?? null;
  if (pull !== undefined) {
    const { number, url, title, mergedBy } = pull;
    return {
      commit: commit.sha,
      author: pull.author,
      requester,
      pull: { number, url, title, mergedBy: mergedBy ?? null },
    };
  }
  const number = pullNumberOf(commit.message);
  return {
    commit: commit.sha,
    author: commit.author,
    requester,
    pull: number === undefined ? null : { number, url: null, title: null, mergedBy: null },
  };
}

function against(
  environments: readonly SeenEnvironment[],
  place: Snapshot['places'][number],
  find: (environment: string) => Snapshot['places'][number] | undefined,
): StatusRow['against'] {
  const from = environments.find((one) => one.name === place.environment)?.from;
  if (from === undefined) return null;
  const there = find(from);
  return { environment: from, state: standing(place, there) };
}

function standing(
  here: { readonly pin?: Pin; readonly problem?: string },
  there: { readonly pin?: Pin; readonly problem?: string } | undefined,
): NonNullable<StatusRow['against']>['state'] {
  if (here.problem !== undefined || there?.problem !== undefined) return 'unknown';
  if (there?.pin === undefined) return here.pin === undefined ? 'same' : 'not there';
  return here.pin !== undefined && releaseOf(here.pin) === releaseOf(there.pin) ? 'same' : 'differs';
}

function waitingByPlace(open: readonly WaitingPull[]): ReadonlyMap<string, readonly Waiting[]> {
  const found = new Map<string, Waiting[]>();
  for (const { pull, changes, judgement } of open) {
    const waits = waitsOf(pull, judgement);
    for (const { service, environment, after } of changes) {
      const one: Waiting = {
        number: pull.number,
        url: pull.url,
        title: pull.title,
        author: pull.author,
        since: iso(pull.createdAt),
        release: after === undefined ? null : releaseOf(after),
        waits,
      };
      const key = keyOf(service, environment);
      found.set(key, [...(found.get(key) ?? []), one]);
    }
  }
  return found;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
