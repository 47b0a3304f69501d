import type { PublishedRelease } from '../../delivery/state.ts';
import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import type { Source } from '../../model/release.ts';
import { betweenOnGitHub } from './between.ts';
import { releaseOf } from './layout.ts';
import type { Movement } from './movements.ts';
import type { Infra } from './open-infra.ts';
import { pullNumberOf } from './pull-number.ts';
import type { Snapshot } from './snapshot.ts';
import { betweenInClone, type SourceClone } from './sources.ts';
import type { WaitingPull } from './status.ts';
import { readSourceCommit, readSourcePull, type SourceFacts } from './trace-application.ts';
import type { Subject } from './trace-subject.ts';

/** What a trace is read from. */
export interface TraceOptions {
  readonly infra: Infra;
  readonly snapshot: Snapshot;
  /** Newest first, over all of history. */
  readonly movements: readonly Movement[];
  readonly github: GitHub | undefined;
  readonly clone: SourceClone | undefined;
  readonly now: number;
  readonly notes: string[];
}

/** A release of a service that is followed. */
export interface Target {
  readonly service: string;
  readonly release: string;
}

/** Comparisons that GitHub is asked for, to find what contains a commit. */
const mostCompared = 20;

/** The same with what was read to find what is meant. */
export type Known = TraceOptions & {
  readonly published: readonly PublishedRelease[];
  readonly open: readonly WaitingPull[];
  readonly sources: ReadonlyMap<string, Source>;
};

/** Releases that the subject names: by digest, tag, source, or by the infra commit or pull request that brings them. */
export function targetsOf(subject: Subject, known: Known): readonly Target[] {
  const { movements, published, open, sources, infra } = known;
  const pinned = movements.flatMap((one) =>
    one.after === undefined ? [] : [{ service: one.service, pin: one.after, movement: one }],
  );
  const found: Target[] = [];
  const add = (service: string, release: string): void => {
    if (!found.some((one) => one.service === service && one.release === release)) found.push({ service, release });
  };
  const here = (repository: string | undefined): boolean => repository === undefined || repository === infra.repository;
  if (subject.kind === 'digest' || subject.kind === 'hex') {
    for (const { service, pin } of pinned)
      if (pin.digest?.startsWith(`sha256:${subject.hex}`) === true) add(service, pin.digest);
    for (const one of published) if (one.digest.startsWith(`sha256:${subject.hex}`)) add(one.service, one.digest);
    for (const { changes } of open)
      for (const { service, after } of changes)
        if (after?.digest?.startsWith(`sha256:${subject.hex}`) === true) add(service, after.digest);
  }
  if (subject.kind === 'tag')
    for (const { service, pin } of pinned) if (pin.tag === subject.tag) add(service, releaseOf(pin));
  if (subject.kind === 'hex' || (subject.kind === 'commit' && here(subject.repository))) {
    for (const { service, pin, movement } of pinned)
      if (movement.commit.sha.startsWith(subject.hex)) add(service, releaseOf(pin));
  }
  if (subject.kind === 'hex' || subject.kind === 'commit') {
    // Tags that are a commit, or end in one, name it where no repository can be told.
    const tagged = new RegExp(`(?:^|[^0-9a-f])${subject.hex}`);
    for (const { service, pin } of pinned)
      if (pin.tag !== undefined && tagged.test(pin.tag)) add(service, releaseOf(pin));
    for (const { service, pin } of pinned)
      if (sources.get(releaseOf(pin))?.commit.startsWith(subject.hex) === true) add(service, releaseOf(pin));
    for (const one of published) if (one.source?.commit.startsWith(subject.hex) === true) add(one.service, one.digest);
  }
  if (subject.kind === 'pull' && here(subject.repository)) {
    for (const { service, pin, movement } of pinned)
      if (pullNumberOf(movement.commit.message) === subject.number) add(service, releaseOf(pin));
    for (const { pull, changes } of open)
      if (pull.number === subject.number)
        for (const { service, after } of changes) if (after !== undefined) add(service, releaseOf(after));
  }
  const releases = [...new Set(found.map((one) => one.release))];
  if (releases.length > 1 && (subject.kind === 'digest' || subject.kind === 'hex') && subject.hex.length < 40) {
    throw new TrunklineError(
      'INPUT_INVALID',
      `expected one release, found ${releases.length} that begin with "${subject.hex}"`,
      {
        hint: releases.slice(0, 10).join('\n'),
      },
    );
  }
  return found;
}

/** The commit behind it, as GitHub knows it; undefined offline and where no application repository can be read. */
export async function sourceOf(
  subject: Subject,
  named: readonly Target[],
  known: Known,
): Promise<SourceFacts | undefined> {
  const { github, sources, snapshot, infra } = known;
  if (github === undefined) return undefined;
  const source = named.map((one) => sources.get(one.release)).find((one) => one !== undefined);
  if (source !== undefined) return readSourceCommit(github, source.repository, source.commit);
  if (named.length > 0 || subject.kind === 'digest' || subject.kind === 'tag') return undefined;
  const asked =
    'repository' in subject && subject.repository !== undefined
      ? [subject.repository]
      : (snapshot.config?.accept.map((one) => one.repository) ?? []);
  for (const repository of asked.filter((one) => one !== infra.repository)) {
    const facts =
      subject.kind === 'pull'
        ? await readSourcePull(github, repository, subject.number)
        : await readSourceCommit(github, repository, subject.hex);
    if (facts === undefined) continue;
    // A commit of a branch was merged as another one.
    const merged = facts.pull?.mergeCommit;
    const at =
      merged === undefined || merged === facts.commit ? undefined : await readSourceCommit(github, repository, merged);
    return at === undefined ? facts : { ...at, pull: facts.pull };
  }
  return undefined;
}

/** A commit that only the clone knows. */
export function inClone(subject: Subject, { clone }: Known): Source | undefined {
  if (clone === undefined || (subject.kind !== 'hex' && subject.kind !== 'commit')) return undefined;
  const commit = [...clone.commits.keys()].find((sha) => sha.startsWith(subject.hex));
  return commit === undefined ? undefined : { repository: clone.repository, commit };
}

/** Whoever gives a clone says that it is the repository of what is asked about. */
function alike(one: Source, other: Source, { clone }: Known): boolean {
  return clone !== undefined || one.repository === other.repository;
}

/** Releases that were built from the commit itself. */
export function ownReleases(source: Source | undefined, { movements, published, sources }: Known): readonly Target[] {
  if (source === undefined) return [];
  const found = new Map<string, Target>();
  for (const { service, after } of movements) {
    if (after !== undefined && sources.get(releaseOf(after))?.commit === source.commit)
      found.set(service, { service, release: releaseOf(after) });
  }
  for (const one of published)
    if (one.source?.commit === source.commit) found.set(one.service, { service: one.service, release: one.digest });
  return [...found.values()];
}

/** What is pinned now and contains the commit, a service each. */
export async function carriersOf(source: Source, known: Known): Promise<readonly Target[]> {
  const { snapshot, sources } = known;
  const found = new Map<string, Target>();
  let asked = 0;
  for (const { name } of snapshot.layout.environments) {
    for (const { service, environment, pin } of snapshot.places) {
      if (environment !== name || pin === undefined || found.has(service)) continue;
      const other = sources.get(releaseOf(pin));
      if (other === undefined || !alike(other, source, known) || asked >= mostCompared) continue;
      asked += 1;
      if (await contains(other, source, known)) found.set(service, { service, release: releaseOf(pin) });
    }
  }
  return [...found.values()];
}

async function contains(newer: Source, older: Source, { github, clone }: Known): Promise<boolean> {
  const between =
    (clone === undefined ? undefined : await betweenInClone(clone, older.commit, newer.commit)) ??
    (github === undefined ? undefined : await betweenOnGitHub(github, older.repository, older.commit, newer.commit));
  return between?.direction === 'ahead' || between?.direction === 'same';
}

/** Releases that other environments have now and that contain this one's commit. */
export async function carriersBeside(
  target: Target,
  source: Source | undefined,
  known: Known,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (source === undefined) return found;
  let asked = 0;
  for (const { service, pin } of known.snapshot.places) {
    if (
      service !== target.service ||
      pin === undefined ||
      releaseOf(pin) === target.release ||
      found.has(releaseOf(pin))
    )
      continue;
    const other = known.sources.get(releaseOf(pin));
    if (other === undefined || !alike(other, source, known) || asked >= mostCompared) continue;
    asked += 1;
    if (await contains(other, source, known)) found.add(releaseOf(pin));
  }
  return found;
}
