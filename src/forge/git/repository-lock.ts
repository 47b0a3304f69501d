import type { Forge } from '../forge.ts';

/** The last piece of work of each repository, by the store of its forge: two forges in one process do not meet. */
const tails = new WeakMap<object, Map<number, Promise<unknown>>>();

/** Runs work on a repository's refs one after the other. Work that waits for the same lock never ends. */
export async function withRepositoryLock<Result>(
  forge: Pick<Forge, 'store'>,
  repositoryId: number,
  work: () => Promise<Result>,
): Promise<Result> {
  const byId = tails.get(forge.store) ?? new Map<number, Promise<unknown>>();
  tails.set(forge.store, byId);
  const before = byId.get(repositoryId) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.then(
    () => {},
    () => {},
  );
  byId.set(repositoryId, settled);
  try {
    return await mine;
  } finally {
    if (byId.get(repositoryId) === settled) byId.delete(repositoryId);
  }
}
