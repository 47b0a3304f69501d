import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SpentFolders } from './spent-folders.ts';

test('folders stay while others come, go when they are many, and are gone once all are cleared', async () => {
  const root = mkdtempSync(join(tmpdir(), 'spent-'));
  try {
    const removed: string[] = [];
    const spent = new SpentFolders(async (folder) => {
      removed.push(folder);
      if (folder.endsWith('/3')) throw new Error('not this one');
      await rm(folder, { recursive: true });
    });
    const folder = (at: number): string => join(root, String(at));
    const add = (at: number): void => {
      mkdirSync(folder(at));
      spent.add(folder(at));
    };
    for (let at = 0; at < 199; at += 1) add(at);
    expect(removed).toEqual([]);
    add(199);
    expect(removed).toHaveLength(200);
    add(200);
    await spent.clear();
    expect(removed).toHaveLength(201);
    expect([existsSync(folder(3)), existsSync(folder(4)), existsSync(folder(200))]).toEqual([true, false, false]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
