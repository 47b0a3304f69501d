import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../store.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Lets the writer run until it has said so many pairs, kills it there, answers the last pair it said. */
function writeAndKill(script: string, store: string, pairs: number): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [script, store], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    let start: number | undefined;
    const said = (): number => Number(text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1));
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes('\n')) return;
      start ??= Number(text.split('\n')[0]);
      if (said() - start >= pairs) child.kill('SIGKILL');
    });
    child.on('error', fail);
    child.on('close', () => done(said()));
  });
}

test('after kill -9 all that was said is there, and no transaction by half', async () => {
  const script = join(folder, 'writer.mjs');
  const bundle = await rolldown({ input: join(import.meta.dirname, 'testing/writer.ts'), platform: 'node' });
  await bundle.write({ file: script, format: 'esm' });
  await bundle.close();
  const path = join(folder, 'store');
  for (const pairs of [1, 7, 60, 400]) {
    const said = await writeAndKill(script, path, pairs);
    const store = await openStore(path, { now: () => 0, sleep: async () => {} });
    const whole = new Set([...store.labels.values()].map((row) => row.repositoryId));
    expect(whole.size).toBeGreaterThanOrEqual(said);
    for (const pair of whole) {
      expect(store.labels.by('repository', pair).map((row) => row.name)).toEqual(['first', 'second']);
    }
    expect(store.next('pairs')).toBeGreaterThan(said);
    store.transaction(() => {
      const number = store.next('pairs') - 1;
      for (const pair of [number, number + 1]) {
        for (const name of ['first', 'second']) {
          store.labels.put({ id: store.next('labels'), repositoryId: pair, name, color: '', description: null });
        }
      }
    });
    await store.close();
  }
});
