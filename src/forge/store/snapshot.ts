import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type Entry, Journal } from './journal.ts';
import type { Row, Table } from './table.ts';

const rowsPerLine = 200;

/** All rows and counters, as lines of a journal. The old snapshot stays until the new one is whole. */
export function writeSnapshot(
  path: string,
  tables: ReadonlyMap<string, Table<Row>>,
  sequences: ReadonlyMap<string, number>,
): void {
  const draft = `${path}.new`;
  const fd = openSync(draft, 'w', 0o600);
  try {
    writeLine(
      fd,
      [...sequences].map(([name, value]): Entry => ['', name, value]),
    );
    for (const [name, table] of tables) {
      const entries = [...table.values()].map((row): Entry => [name, row]);
      for (let at = 0; at < entries.length; at += rowsPerLine) writeLine(fd, entries.slice(at, at + rowsPerLine));
    }
    fsyncSync(fd);
    renameSync(draft, path);
  } finally {
    closeSync(fd);
    rmSync(draft, { force: true });
  }
}

export function readSnapshot(path: string, replay: (entries: readonly Entry[]) => void): void {
  if (existsSync(path)) Journal.open(path, replay).close();
}

function writeLine(fd: number, entries: readonly Entry[]): void {
  const bytes = Buffer.from(`${JSON.stringify(entries)}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
