import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unzipFile } from './zip-reader.ts';
import { zipFiles } from './zip-writer.ts';

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'zip-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

test('what is packed at any level is read by others and by ourselves', async () => {
  const large = 'many words '.repeat(400_000);
  await writeFile(join(home, 'large'), large);
  await writeFile(join(home, 'empty'), '');
  const entries = [
    { name: 'a/größe.txt', file: join(home, 'large') },
    { name: 'empty', file: join(home, 'empty') },
  ];
  for (const level of [0, 6]) {
    const chunks: Buffer[] = [];
    for await (const chunk of zipFiles(entries, level)) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    expect(bytes.length < large.length).toBe(level > 0);
    const other = unzipSync(new Uint8Array(bytes));
    expect(Buffer.from(other['a/größe.txt'] ?? []).toString()).toBe(large);
    const file = join(home, `level-${level}.zip`);
    await writeFile(file, bytes);
    expect(await unzipFile(file, join(home, `out-${level}`))).toEqual(['a/größe.txt', 'empty']);
    expect(await readFile(join(home, `out-${level}/a/größe.txt`), 'utf8')).toBe(large);
    expect(await readFile(join(home, `out-${level}/empty`), 'utf8')).toBe('');
  }
});

test('a file that would lie outside is refused, and so is what is no zip file', async () => {
  await writeFile(join(home, 'evil.zip'), zipSync({ '../evil': strToU8('x') }));
  await expect(unzipFile(join(home, 'evil.zip'), join(home, 'evil'))).rejects.toThrow('outside of its folder: ../evil');
  await expect(unzipFile(join(home, 'large'), home)).rejects.toThrow('no zip file');
});
