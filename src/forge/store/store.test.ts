import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Label } from '../rows.ts';
import { openStore } from '../store.ts';

const clock = { now: () => 0, sleep: async () => {} };
const label = (id: number, name = `label ${id}`): Label => ({
  id,
  repositoryId: 1,
  name,
  color: 'ededed',
  description: null,
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('rows, indexes and counters survive closing, with and without a snapshot', async () => {
  const first = await openStore(folder, clock);
  first.transaction(() => {
    first.labels.put(label(first.next('labels')));
    first.labels.put(label(first.next('labels')));
  });
  first.transaction(() => first.labels.delete(1));
  await first.close();
  expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8')).toBe('');
  const second = await openStore(folder, clock);
  expect(second.labels.by('repository', 1)).toEqual([label(2)]);
  second.transaction(() => second.labels.put(label(second.next('labels'))));
  await second.close();
  const third = await openStore(folder, clock);
  expect(third.labels.by('repository', 1).map((row) => row.id)).toEqual([2, 3]);
  await third.close();
});

test('a transaction that throws leaves memory, indexes, counters and journal as they were', async () => {
  const store = await openStore(folder, clock);
  store.transaction(() => store.labels.put(label(7, 'before')));
  const journal = readFileSync(join(folder, 'journal.jsonl'), 'utf8');
  expect(() =>
    store.transaction(() => {
      store.labels.put(label(7, 'after'));
      store.labels.put({ ...label(8), repositoryId: 2 });
      store.labels.delete(7);
      store.next('labels');
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(store.labels.by('repository', 1)).toEqual([label(7, 'before')]);
  expect(store.labels.by('repository', 2)).toEqual([]);
  expect(store.labels.size).toBe(1);
  expect(store.next('labels')).toBe(1);
  expect(readFileSync(join(folder, 'journal.jsonl'), 'utf8').startsWith(journal)).toBe(true);
  await store.close();
});

test('a nested transaction that throws takes back its own part alone', async () => {
  const store = await openStore(folder, clock);
  store.transaction(() => {
    store.labels.put(label(1));
    expect(() =>
      store.transaction(() => {
        store.labels.put(label(2));
        throw new Error('no');
      }),
    ).toThrow('no');
    store.labels.put(label(3));
  });
  await store.close();
  const again = await openStore(folder, clock);
  expect([...again.labels.values()].map((row) => row.id)).toEqual([1, 3]);
  await again.close();
});

test('a torn last line is dropped, a damaged one is refused', async () => {
  const store = await openStore(folder, clock);
  store.transaction(() => store.labels.put(label(1)));
  const journal = join(folder, 'journal.jsonl');
  const kept = readFileSync(journal, 'utf8');
  await store.close();
  rmSync(join(folder, 'snapshot.jsonl'));
  writeFileSync(journal, kept);
  appendFileSync(journal, '[["labels",{"id":2,"na');
  const again = await openStore(folder, clock);
  expect(again.labels.size).toBe(1);
  expect(readFileSync(journal, 'utf8')).toBe(kept);
  again.transaction(() => again.labels.put(label(2)));
  await again.close();
  rmSync(join(folder, 'snapshot.jsonl'));
  writeFileSync(journal, `[["labels",{"id":2,"na\n${kept}`);
  await expect(openStore(folder, clock)).rejects.toMatchObject({ code: 'LAB_FAILED', location: { line: 1 } });
  writeFileSync(journal, kept);
  await (await openStore(folder, clock)).close();
});

test('a snapshot with the journal it replaced still beside it comes to the same', async () => {
  const store = await openStore(folder, clock);
  store.transaction(() => store.labels.put(label(store.next('labels'), 'old')));
  store.transaction(() => store.labels.put(label(1, 'new')));
  store.transaction(() => store.labels.put(label(store.next('labels'))));
  store.transaction(() => store.labels.delete(2));
  const journal = readFileSync(join(folder, 'journal.jsonl'));
  await store.close();
  writeFileSync(join(folder, 'journal.jsonl'), journal);
  const again = await openStore(folder, clock);
  expect([...again.labels.values()]).toEqual([label(1, 'new')]);
  expect(again.next('labels')).toBe(3);
  await again.close();
});

test('rows cannot be changed in place, nor outside of a transaction', async () => {
  const store = await openStore(folder, clock);
  const row = { ...label(1), nested: { list: [1] } };
  store.transaction(() => store.labels.put(row));
  expect(() => Object.assign(row, { name: 'other' })).toThrow(TypeError);
  expect(() => row.nested.list.push(2)).toThrow(TypeError);
  expect(() => store.labels.put(label(2))).toThrow('outside of a transaction');
  const before = store.labels.by('repository', 1);
  store.transaction(() => store.labels.put(label(2)));
  expect(before.length).toBe(1);
  await store.close();
});

test('listeners hear of committed transactions only', async () => {
  const store = await openStore(folder, clock);
  const heard: string[][] = [];
  const stop = store.watch((touched) => heard.push([...touched]));
  store.transaction(() => store.labels.put(label(1)));
  store.next('labels');
  expect(() =>
    store.transaction(() => {
      store.labels.put(label(2));
      throw new Error('no');
    }),
  ).toThrow();
  stop();
  store.transaction(() => store.labels.put(label(3)));
  expect(heard).toEqual([['labels']]);
  await store.close();
});

test('a folder is open once; what a dead process left is taken over', async () => {
  const store = await openStore(folder, clock);
  await expect(openStore(folder, clock)).rejects.toMatchObject({ code: 'LAB_RUNNING' });
  await store.close();
  expect(existsSync(join(folder, 'lock'))).toBe(false);
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('exit', resolve));
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: child.pid, began: '1', since: 'then' }));
  await (await openStore(folder, clock)).close();
  // The same pid again, but another process: a container that was started anew.
  writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, began: 'another', since: 'then' }));
  await (await openStore(folder, clock)).close();
  writeFileSync(join(folder, 'lock'), '');
  await (await openStore(folder, clock)).close();
});
