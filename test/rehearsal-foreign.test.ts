import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { git } from '../src/git/git.ts';
import { makeForeignPair } from './testing/make-foreign-pair.ts';
import { rehearsePair } from './testing/rehearse-pair.ts';

test('a pair of which every name differs is rehearsed all the same, and left as it was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'trunkline-foreign-'));
  try {
    const { app, infra } = await makeForeignPair(folder);
    writeFileSync(join(app, 'config.json'), '{ "capacity": 7 }\n');
    const before = await state(app, infra);
    const rehearsal = await rehearsePair({
      app,
      infra,
      spoil: async (clone) => writeFileSync(join(clone.folder, 'config.json'), '{ "capacity": 0 }\n'),
    });
    const expectations = rehearsal.phases.flatMap((phase) => phase.expectations);
    expect(expectations.filter(({ result }) => result !== 'held')).toEqual([]);
    expect(rehearsal.phases).toHaveLength(6);
    expect(rehearsal.where.map(({ environment, health }) => [environment, health])).toEqual([
      ['int', 200],
      ['pre', 200],
      ['live', 200],
    ]);
    expect(rehearsal.notes.join('\n')).toContain('1 uncommitted change');
    expect(await state(app, infra)).toEqual(before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 240_000);

function state(...folders: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    folders.map(async (cwd) => {
      const parts = [['status', '--porcelain'], ['show-ref'], ['config', '--list', '--local']].map((args) =>
        git(args, { cwd, isolated: true }),
      );
      return (await Promise.all(parts)).join('\n');
    }),
  );
}
