import { firstParentLog, type LogCommit, type LogOptions } from '../../git/first-parent-log.ts';
import type { ObjectBatch } from '../../git/object-batch.ts';
import type { Pin } from '../../manifest/pin.ts';
import { type Layout, type PlaceName, releaseOf, type Seen } from './layout.ts';
import { sameButDigest } from './same-but-digest.ts';

/** A commit of the main line without its files. */
export type Commit = Omit<LogCommit, 'files'>;

/** One place's pin before and after one commit. */
export interface PinDifference extends PlaceName {
  readonly file: string;
  readonly before?: Pin;
  readonly after?: Pin;
}

export interface CommitChanges {
  readonly commit: Commit;
  readonly changes: readonly PinDifference[];
  /** History ends here because the clone is shallow: what this commit seems to add was there before. */
  readonly cut: boolean;
}

export interface WalkOptions extends LogOptions {
  readonly shallow: boolean;
  /** Only these places matter. */
  readonly wanted?: (place: PlaceName) => boolean;
}

/** Commits whose files are read together. */
const together = 64;

/** Where pins differ along the first parents of a revision, newest first, for the layout as it is there. */
export async function* readPinChanges(
  folder: string,
  revision: string,
  layout: Layout,
  objects: ObjectBatch,
  options: WalkOptions,
): AsyncGenerator<CommitChanges> {
  const reader = new ChangeReader(layout, objects, options);
  let some: LogCommit[] = [];
  for await (const commit of firstParentLog(folder, revision, options)) {
    some.push(commit);
    if (some.length < together) continue;
    yield* reader.read(some);
    some = [];
  }
  yield* reader.read(some);
}

interface FileChange {
  /** As the file is called at the newest commit. */
  readonly path: string;
  readonly file: string;
  readonly before?: string;
  readonly after?: string;
}

/** A manifest as it was read at a blob. */
interface Reading {
  readonly oid: string;
  readonly bytes: Buffer;
  /** Undefined where it could not be read. */
  readonly seen: readonly Seen[] | undefined;
}

class ChangeReader {
  /** What a file is called at the revision, by what it was called once. */
  readonly #names = new Map<string, string>();
  /** The older side of the last difference of a file is the newer side of the next. */
  readonly #last = new Map<string, Reading>();
  readonly #layout: Layout;
  readonly #objects: ObjectBatch;
  readonly #options: WalkOptions;

  constructor(layout: Layout, objects: ObjectBatch, options: WalkOptions) {
    this.#layout = layout;
    this.#objects = objects;
    this.#options = options;
  }

  async *read(commits: readonly LogCommit[]): AsyncGenerator<CommitChanges> {
    const planned = commits.map((commit) => ({ commit, files: this.#manifests(commit) }));
    const wanted = planned
      .flatMap(({ commit, files }) => (this.#cut(commit) ? [] : files))
      .flatMap((file) => this.#unread(file));
    const unknown = [...new Set(wanted)];
    const contents = await this.#objects.read(unknown);
    const blobs = new Map(unknown.map((oid, index) => [oid, contents[index] ?? Buffer.alloc(0)]));
    for (const { commit, files } of planned) {
      const { files: _, ...rest } = commit;
      const cut = this.#cut(commit);
      const changes = cut ? [] : files.flatMap((file) => this.#differences(file, blobs));
      yield { commit: rest, changes, cut };
    }
  }

  /** Two files may be of one blob, so it is the file's own last reading that counts. */
  #unread({ path, before, after }: FileChange): readonly string[] {
    return [before, after].filter((oid) => oid !== undefined && oid !== this.#last.get(path)?.oid) as readonly string[];
  }

  #cut(commit: LogCommit): boolean {
    return this.#options.shallow && commit.parents.length === 0;
  }

  #manifests(commit: LogCommit): readonly FileChange[] {
    const found: FileChange[] = [];
    for (const { path: file, from, before, after } of commit.files) {
      const path = this.#names.get(file) ?? file;
      if (from !== undefined) this.#names.set(from, path);
      if (!this.#layout.isManifest(path)) continue;
      found.push({
        path,
        file,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      });
    }
    return found;
  }

  #differences(
    { path, file, before, after }: FileChange,
    blobs: ReadonlyMap<string, Buffer>,
  ): readonly PinDifference[] {
    if (before === after) return [];
    const is = this.#reading(path, after, blobs);
    const was = this.#reading(path, before, blobs, is);
    if (was !== undefined) this.#last.set(path, was);
    // A manifest that cannot be read now is no change: what it was is compared with what it became.
    if (is !== undefined && is.seen === undefined) return [];
    const [older, newer] = apart(was?.seen ?? [], is?.seen ?? []);
    const now = new Map(newer.map((one) => [keyOf(one.service, one.environment), one]));
    const changes: PinDifference[] = [];
    for (const one of older) {
      const key = keyOf(one.service, one.environment);
      changes.push(...this.#difference(file, one, now.get(key)));
      now.delete(key);
    }
    for (const one of now.values()) changes.push(...this.#difference(file, undefined, one));
    return changes;
  }

  #difference(file: string, older: Seen | undefined, newer: Seen | undefined): readonly PinDifference[] {
    const { service, environment } = older ?? newer ?? { service: '', environment: '' };
    if (same(older?.pin, newer?.pin)) return [];
    if (this.#options.wanted?.({ service, environment }) === false) return [];
    return [
      {
        service,
        environment,
        file,
        ...(older?.pin === undefined ? {} : { before: older.pin }),
        ...(newer?.pin === undefined ? {} : { after: newer.pin }),
      },
    ];
  }

  #reading(
    path: string,
    oid: string | undefined,
    blobs: ReadonlyMap<string, Buffer>,
    newer?: Reading,
  ): Reading | undefined {
    if (oid === undefined) return undefined;
    const last = this.#last.get(path);
    if (last?.oid === oid) return last;
    const bytes = blobs.get(oid) ?? Buffer.alloc(0);
    const newSeen = newer?.seen;
    const quick = newer === undefined || newSeen === undefined ? undefined : sameButDigest(bytes, newer.bytes, newSeen);
    if (quick !== undefined) return { oid, bytes, seen: quick };
    const read = this.#layout.read(path, bytes.toString('utf8'));
    return { oid, bytes, seen: read === undefined ? newSeen : withoutProblems(read, newSeen) };
  }
}

/** What could not be read for a while counts as what it was read as afterwards, so that no change is lost or made up. */
function withoutProblems(seen: readonly Seen[], newer: readonly Seen[] | undefined): readonly Seen[] {
  if (!seen.some((one) => one.problem !== undefined)) return seen;
  const known = new Map(newer?.map((one) => [keyOf(one.service, one.environment), one]));
  return seen.flatMap((one) =>
    one.problem === undefined ? [one] : (known.get(keyOf(one.service, one.environment)) ?? []),
  );
}

/** What of two readings of a file is not the same, place by place, in both: nearly nothing of a long one. */
function apart(older: readonly Seen[], newer: readonly Seen[]): readonly [readonly Seen[], readonly Seen[]] {
  const unlike = (one: Seen, other: Seen | undefined): boolean =>
    one.service !== other?.service ||
    one.environment !== other.environment ||
    one.pin !== other.pin ||
    one.problem !== other.problem;
  return [
    older.filter((one, index) => unlike(one, newer[index])),
    newer.filter((one, index) => unlike(one, older[index])),
  ];
}

export function keyOf(service: string, environment: string): string {
  return `${service}\u0000${environment}`;
}

function same(a: Pin | undefined, b: Pin | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && releaseOf(a) === releaseOf(b));
}
