import { git } from '../../git/git.ts';
import { identityOfActor } from '../actor.ts';
import { systemIdentity } from '../authenticate.ts';
import type { Forge } from '../forge.ts';
import { githubCommitter, makeMerge } from '../git/merge.ts';
import { moveRefs } from '../git/move-refs.ts';
import { readRef } from '../git/refs.ts';
import { copyCommit, repositoryFolder, repositoryGit } from '../git/repository-folder.ts';
import { settledGit } from '../git/settled-git.ts';
import { noreplyEmail } from '../present/account.ts';
import type { Pull } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { closeRow } from './close-row.ts';
import { repositoryOf } from './find-pull.ts';
import { finishMerge } from './finish-merge.ts';
import { raiseOwed } from './raise-owed.ts';

/** Settling that is under way, by forge and pull request: two askers wait for the same one. */
const underWay = new WeakMap<Forge, Map<number, Promise<void>>>();

/**
 * Gives a pull request what it is owed since its head or base moved: `refs/pull/N/head` and `/merge`, the event that
 * waited for them, and its end when the base already holds the head. Answers the row as it then is.
 */
export async function settlePull(forge: Forge, pullId: number): Promise<Pull | undefined> {
  const all = underWay.get(forge) ?? new Map<number, Promise<void>>();
  underWay.set(forge, all);
  while (forge.store.pulls.get(pullId)?.owed !== undefined) {
    const work = all.get(pullId) ?? settleOnce(forge, pullId).finally(() => all.delete(pullId));
    all.set(pullId, work);
    await work;
  }
  return forge.store.pulls.get(pullId);
}

async function settleOnce(forge: Forge, pullId: number): Promise<void> {
  const pull = forge.store.pulls.get(pullId);
  if (pull?.owed === undefined) return;
  const repository = repositoryOf(forge, pull);
  const folder = repositoryFolder(forge, repository.id);
  const base = readRef(folder, `refs/heads/${pull.baseRef}`);
  if (pull.state === 'closed' || base === undefined) return clearOwed(forge, pull, { mergeRefSha: null });
  if (pull.headRepositoryId !== repository.id) {
    await copyCommit(forge, pull.headRepositoryId, repository.id, pull.headSha);
  }
  await pointAt(forge, pull, 'head', pull.headSha);
  if (await isAncestor(folder, pull.headSha, base)) return endReached(forge, pull, base);
  const mergeRefSha = await makeMergeRef(forge, folder, pull, base);
  if (mergeRefSha !== null) await pointAt(forge, pull, 'merge', mergeRefSha);
  clearOwed(forge, pull, { mergeRefSha, baseSha: base });
}

/** The base holds the head: merged, if the base came to it; closed, if the head went back to the base. */
function endReached(forge: Forge, pull: Pull, base: string): void {
  forge.store.transaction(() => {
    const current = forge.store.pulls.get(pull.id);
    if (current === undefined || current.state === 'closed' || current.headSha !== pull.headSha) return;
    const identity = identityOfActor(forge, current.owed?.actor ?? { kind: 'system', accountId: current.authorId });
    if (current.owed?.action === 'synchronize') return closeRow(forge, current, identity);
    finishMerge(forge, current, { before: current.baseSha, after: base, identity });
  });
}

function clearOwed(forge: Forge, seen: Pull, change: Partial<Pull>): void {
  forge.store.transaction(() => {
    const current = forge.store.pulls.get(seen.id);
    if (current?.owed === undefined || current.headSha !== seen.headSha || current.baseRef !== seen.baseRef) return;
    // The base moved again while the merge was made: another round.
    if (current.baseSha !== seen.baseSha && change.baseSha !== current.baseSha && current.state === 'open') return;
    const { owed, ...rest } = current;
    const settled: Pull = { ...rest, ...change };
    forge.store.pulls.put(settled);
    raiseOwed(forge, owed, settled);
  });
}

async function makeMergeRef(forge: Forge, folder: string, pull: Pull, base: string): Promise<string | null> {
  const at = timestamp(forge);
  const account = forge.store.accounts.get(pull.authorId);
  const author = { name: account?.login ?? 'ghost', email: account === undefined ? '' : noreplyEmail(account), at };
  const made = await makeMerge(folder, {
    base,
    head: pull.headSha,
    method: 'merge',
    message: `Merge ${pull.headSha} into ${base}`,
    author,
    committer: githubCommitter(at),
  });
  return 'sha' in made ? made.sha : null;
}

async function pointAt(forge: Forge, pull: Pull, name: 'head' | 'merge', sha: string): Promise<void> {
  const repository = repositoryOf(forge, pull);
  const ref = `refs/pull/${pull.number}/${name}`;
  if (readRef(repositoryFolder(forge, repository.id), ref) === sha) return;
  await moveRefs(forge, { repository, identity: systemIdentity, updates: [{ ref, after: sha }], via: 'system' });
}

export async function isAncestor(folder: string, ancestor: string, descendant: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', ancestor, descendant];
  return (await settledGit(folder, args, [1])).code === 0;
}

/** Numbers of the open pull requests whose head a base already holds: one question for all of them. */
export async function reachedPulls(forge: Forge, repositoryId: number, base: string): Promise<readonly number[]> {
  const args = ['for-each-ref', `--merged=${base}`, '--format=%(refname)', 'refs/pull/*/head'];
  const text = await git(args, repositoryGit(repositoryFolder(forge, repositoryId)));
  return [...text.matchAll(/^refs\/pull\/(\d+)\/head$/gm)].map((match) => Number(match[1]));
}
