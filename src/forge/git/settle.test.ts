import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { applyMoves } from './apply-moves.ts';
import { commitFiles } from './commit-files.ts';
import { moveRefs } from './move-refs.ts';
import { readRef, zeroSha } from './refs.ts';
import { repositoryFolder } from './repository-folder.ts';
import { settleRefIntents } from './settle-ref-intents.ts';
import { openSmallForge, type SmallForge } from './testing/small-forge.ts';

let small: SmallForge;
beforeEach(async () => {
  small = await openSmallForge();
});
afterEach(() => small.close());

const folder = (): string => repositoryFolder(small.forge, small.repository().id);

async function commit(text: string): Promise<string> {
  const files = [{ path: 'a.txt', content: Buffer.from(text) }];
  const request = {
    repository: small.repository(),
    identity: small.identity('bob'),
    branch: 'main',
    files,
    message: text,
  };
  return (await commitFiles(small.forge, request)).sha;
}

function intend(before: string, after: string): void {
  const { store } = small.forge;
  store.transaction(() => {
    const id = store.next('refIntents');
    const { kind: tokenKind } = { kind: 'classic' } as const;
    const actorId = small.identity('bob').account?.id ?? 0;
    store.refIntents.put({
      id,
      repositoryId: small.repository().id,
      ref: 'refs/heads/x',
      before,
      after,
      actorId,
      tokenKind,
    });
    store.repositories.put({ ...small.repository(), pushedAt: null });
  });
}

test('a move that git made before the kill gets its consequences when the forge opens', async () => {
  const sha = await commit('a');
  intend(zeroSha, sha);
  await applyMoves(folder(), [{ ref: 'refs/heads/x', before: zeroSha, after: sha }], false);
  await settleRefIntents(small.forge);
  expect(small.repository().pushedAt).not.toBeNull();
  expect(small.forge.store.refIntents.size).toBe(0);
});

test('a move that git did not make is dropped, with the locks and packs it left', async () => {
  const sha = await commit('a');
  intend(zeroSha, sha);
  writeFileSync(join(folder(), 'refs/heads/x.lock'), '');
  mkdirSync(join(folder(), 'objects/incoming-abc/pack'), { recursive: true });
  await settleRefIntents(small.forge);
  expect(small.repository().pushedAt).toBeNull();
  expect(small.forge.store.refIntents.size).toBe(0);
  expect(readdirSync(join(folder(), 'objects')).filter((one) => one.startsWith('incoming'))).toEqual([]);
  const updates = [{ ref: 'refs/heads/x', after: sha }];
  const move = { repository: small.repository(), identity: small.identity('bob'), updates, via: 'api' } as const;
  expect(await moveRefs(small.forge, move)).toMatchObject([{ outcome: 'moved' }]);
});

test('a repository that was being made when the kill came is made whole', async () => {
  for (const left of [['HEAD', 'config'], ['config'], ['HEAD', 'config', 'objects', 'refs']]) {
    for (const name of left) rmSync(join(folder(), name), { recursive: true });
    await settleRefIntents(small.forge);
    expect(readFileSync(join(folder(), 'HEAD'), 'utf8')).toBe('ref: refs/heads/main\n');
    expect(await commit(left.join())).toMatch(/^[0-9a-f]{40}$/);
  }
});

test('of moves at the same time one wins; a stale one is a conflict; a name in the way too', async () => {
  const first = await commit('a');
  const second = await commit('b');
  const repository = small.repository();
  const identity = small.identity('bob');
  const move = (ref: string, before: string, after: string) =>
    moveRefs(small.forge, { repository, identity, updates: [{ ref, before, after }], via: 'api' });
  const outcomes = await Promise.all([
    move('refs/heads/y', zeroSha, first),
    move('refs/heads/y', zeroSha, second),
    move('refs/heads/main', first, second),
  ]);
  expect(outcomes.flat().map((one) => one.outcome)).toEqual(['moved', 'conflict', 'conflict']);
  expect(readRef(folder(), 'refs/heads/y')).toBe(first);
  expect((await move('refs/heads/y/z', zeroSha, first))[0]?.outcome).toBe('conflict');
  expect(small.forge.store.refIntents.size).toBe(0);
});

test('a commit whose branch moved meanwhile is not made', async () => {
  const first = await commit('a');
  await commit('b');
  const files = [{ path: 'a.txt', content: Buffer.from('c') }];
  const request = { repository: small.repository(), identity: small.identity('bob'), branch: 'main', files };
  const late = commitFiles(small.forge, { ...request, message: 'c', expectedHead: first });
  await expect(late).rejects.toMatchObject({ status: 409 });
});

test('nothing but moveRefs runs git update-ref or writes refs', () => {
  const forge = resolve(import.meta.dirname, '..');
  const sources = readdirSync(forge, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.(test|soak)\.ts$|\/testing\//.test(name),
  );
  const having = (pattern: RegExp): readonly string[] =>
    sources.filter((name) => pattern.test(readFileSync(join(forge, name), 'utf8'))).sort();
  expect(having(/\['update-ref'|'update-ref'/)).toEqual(['git/apply-moves.ts']);
  expect(having(/\bapplyMoves\b/)).toEqual(['git/apply-moves.ts', 'git/move-refs.ts']);
  const writers =
    /\b(?:git|runGit|spawnGit)\(\s*\['(?:push|branch|tag|receive-pack|send-pack|filter-branch|fast-import)'/;
  expect(having(writers)).toEqual([]);
});
