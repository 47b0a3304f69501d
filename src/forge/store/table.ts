export interface Row {
  readonly id: number;
}

type Key = string | number;

/** An index's key of a row, and how a key that is asked for must be written to be found. */
export interface IndexKey<R extends Row> {
  readonly of: (row: R) => Key | undefined;
  readonly fold: (key: Key) => Key;
}

export type IndexKeys<R extends Row> = Readonly<Record<string, IndexKey<R>>>;

interface Bucket<R extends Row> {
  readonly rows: Map<number, R>;
  /** Rows by id; made when asked for, thrown away when a row changes, so that who holds it may go on writing. */
  sorted: readonly R[] | undefined;
}

/** Rows in memory under their id, and under the keys of each index. Knows nothing of transactions. */
export class Table<R extends Row> {
  private readonly rows = new Map<number, R>();
  private readonly buckets = new Map<string, Map<Key, Bucket<R>>>();
  private readonly keys: IndexKeys<R>;

  constructor(keys: IndexKeys<R>) {
    this.keys = keys;
    for (const name of Object.keys(keys)) this.buckets.set(name, new Map());
  }

  get size(): number {
    return this.rows.size;
  }

  get(id: number): R | undefined {
    return this.rows.get(id);
  }

  values(): IterableIterator<R> {
    return this.rows.values();
  }

  by(index: string, key: Key): readonly R[] {
    const fold = this.keys[index]?.fold;
    const bucket = fold === undefined ? undefined : this.buckets.get(index)?.get(fold(key));
    if (bucket === undefined) return [];
    bucket.sorted ??= [...bucket.rows.values()].sort((a, b) => a.id - b.id);
    return bucket.sorted;
  }

  /** Puts a row in the place of the one with its id, or (undefined) takes that one away; answers what was there. */
  set(id: number, row: R | undefined): R | undefined {
    const old = this.rows.get(id);
    if (row === undefined) this.rows.delete(id);
    else this.rows.set(id, row);
    for (const [name, keyOf] of Object.entries(this.keys)) {
      const before = old === undefined ? undefined : keyOf.of(old);
      const after = row === undefined ? undefined : keyOf.of(row);
      if (before !== undefined && before !== after) this.drop(name, before, id);
      if (row !== undefined && after !== undefined) this.add(name, after, row);
    }
    return old;
  }

  private add(index: string, key: Key, row: R): void {
    const all = this.buckets.get(index);
    const bucket = all?.get(key);
    if (bucket === undefined) all?.set(key, { rows: new Map([[row.id, row]]), sorted: undefined });
    else {
      bucket.rows.set(row.id, row);
      bucket.sorted = undefined;
    }
  }

  private drop(index: string, key: Key, id: number): void {
    const all = this.buckets.get(index);
    const bucket = all?.get(key);
    if (bucket === undefined) return;
    bucket.rows.delete(id);
    bucket.sorted = undefined;
    if (bucket.rows.size === 0) all?.delete(key);
  }
}
