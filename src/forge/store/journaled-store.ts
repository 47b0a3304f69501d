import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TrunklineError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import type { Collection, Store } from '../store.ts';
import { type CollectionName, collectionNames, indexKeys } from './indexes.ts';
import { type Entry, Journal } from './journal.ts';
import { takeLock } from './lock.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';
import { type Row, Table } from './table.ts';

/** Beyond this a snapshot is written while running, so that no start has to replay more. */
const snapshotAt = 64 * 1024 * 1024;

interface Transaction {
  readonly entries: Entry[];
  readonly undo: (() => void)[];
  readonly touched: Set<string>;
}

/** The store of `openStore`; files: `journal.jsonl`, `snapshot.jsonl`, `lock`. */
export function openJournaledStore(folder: string, clock: Clock): Store {
  mkdirSync(folder, { recursive: true });
  const release = takeLock(folder, clock.now());
  try {
    return load(folder, release);
  } catch (error) {
    release();
    throw error;
  }
}

function load(folder: string, release: () => void): Store {
  const snapshotPath = join(folder, 'snapshot.jsonl');
  const tables = new Map<string, Table<Row>>();
  const accounts = (id: number) => store.accounts.get(id);
  for (const name of collectionNames) tables.set(name, new Table(indexKeys(name, accounts)));
  const sequences = new Map<string, number>();
  const listeners = new Set<(touched: ReadonlySet<string>) => void>();
  let current: Transaction | undefined;
  let closed = false;
  let nextSnapshot = snapshotAt;

  const table = (name: string): Table<Row> => {
    const found = tables.get(name);
    if (found === undefined)
      throw new TrunklineError('LAB_FAILED', `the journal names an unknown collection "${name}"`);
    return found;
  };

  const replay = (entries: readonly Entry[]): void => {
    for (const entry of entries) {
      if (entry.length === 3) sequences.set(entry[1], entry[2]);
      else if (typeof entry[1] === 'number') table(entry[0]).set(entry[1], undefined);
      else table(entry[0]).set(entry[1].id, freeze(entry[1]));
    }
  };

  const inside = (what: string): Transaction => {
    if (current === undefined) throw new Error(`${what} outside of a transaction`);
    return current;
  };

  const change = (name: string, id: number, row: Row | undefined): void => {
    const transaction = inside(row === undefined ? `${name}.delete` : `${name}.put`);
    const rows = table(name);
    const old = rows.set(id, row);
    transaction.entries.push([name, row ?? id]);
    transaction.undo.push(() => rows.set(id, old));
    transaction.touched.add(name);
  };

  function collection<Name extends CollectionName>(name: Name): Store[Name] {
    const rows = table(name);
    const typed: Collection<Row, string> = {
      get: (id) => rows.get(id),
      by: (index, key) => rows.by(index, key),
      values: () => rows.values(),
      get size() {
        return rows.size;
      },
      put: (row) => change(name, row.id, freeze(row)),
      delete: (id) => {
        if (rows.get(id) !== undefined) change(name, id, undefined);
      },
    };
    // The table holds only what this collection's own `put` gave it.
    return typed as unknown as Store[Name];
  }

  const takeSnapshot = (): void => {
    writeSnapshot(snapshotPath, tables, sequences);
    journal.clear();
  };

  const commit = (transaction: Transaction): void => {
    if (transaction.entries.length === 0) return;
    journal.append(transaction.entries);
    if (journal.size < nextSnapshot) return;
    try {
      takeSnapshot();
      nextSnapshot = snapshotAt;
    } catch {
      // The journal has everything; a full disk may have room later.
      nextSnapshot = journal.size + snapshotAt;
    }
  };

  const nested = <Result>(outer: Transaction, work: () => Result): Result => {
    const entries = outer.entries.length;
    const undo = outer.undo.length;
    try {
      return work();
    } catch (error) {
      rollBack(outer.undo.splice(undo));
      outer.entries.length = entries;
      throw error;
    }
  };

  const store: Store = {
    accounts: collection('accounts'),
    apps: collection('apps'),
    installations: collection('installations'),
    tokens: collection('tokens'),
    teams: collection('teams'),
    repositories: collection('repositories'),
    rulesets: collection('rulesets'),
    hooks: collection('hooks'),
    hookDeliveries: collection('hookDeliveries'),
    rulesetVersions: collection('rulesetVersions'),
    ruleSuites: collection('ruleSuites'),
    pulls: collection('pulls'),
    reviews: collection('reviews'),
    reviewThreads: collection('reviewThreads'),
    reviewComments: collection('reviewComments'),
    comments: collection('comments'),
    issues: collection('issues'),
    labels: collection('labels'),
    milestones: collection('milestones'),
    reactions: collection('reactions'),
    deployKeys: collection('deployKeys'),
    customProperties: collection('customProperties'),
    githubReleases: collection('githubReleases'),
    statuses: collection('statuses'),
    checkSuites: collection('checkSuites'),
    checkRuns: collection('checkRuns'),
    environments: collection('environments'),
    secrets: collection('secrets'),
    variables: collection('variables'),
    deployments: collection('deployments'),
    deploymentStatuses: collection('deploymentStatuses'),
    workflows: collection('workflows'),
    runs: collection('runs'),
    jobs: collection('jobs'),
    artifacts: collection('artifacts'),
    caches: collection('caches'),
    pendingDeployments: collection('pendingDeployments'),
    outbox: collection('outbox'),
    events: collection('events'),
    signedCommits: collection('signedCommits'),
    branchPushes: collection('branchPushes'),
    refIntents: collection('refIntents'),

    transaction(work) {
      if (closed) throw new TrunklineError('LAB_FAILED', 'the store is closed');
      if (current !== undefined) return nested(current, work);
      const transaction: Transaction = { entries: [], undo: [], touched: new Set() };
      current = transaction;
      let result: ReturnType<typeof work>;
      try {
        result = work();
        if (result instanceof Promise) throw new Error('a transaction cannot wait');
        commit(transaction);
      } catch (error) {
        rollBack(transaction.undo);
        throw error;
      } finally {
        current = undefined;
      }
      if (transaction.touched.size > 0) for (const listener of [...listeners]) listener(transaction.touched);
      return result;
    },

    next(sequence) {
      if (current === undefined) return store.transaction(() => store.next(sequence));
      const old = sequences.get(sequence);
      const value = (old ?? 0) + 1;
      sequences.set(sequence, value);
      current.entries.push(['', sequence, value]);
      current.undo.push(() => (old === undefined ? sequences.delete(sequence) : sequences.set(sequence, old)));
      return value;
    },

    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async close() {
      if (closed) return;
      closed = true;
      try {
        if (journal.size > 0) takeSnapshot();
      } finally {
        journal.close();
        release();
      }
    },
  };

  readSnapshot(snapshotPath, replay);
  const journal = Journal.open(join(folder, 'journal.jsonl'), replay);
  return store;
}

function rollBack(undo: readonly (() => void)[]): void {
  for (const step of undo.toReversed()) step();
}

/** Rows are values: whoever tries to change one in place finds out at once. */
function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}
