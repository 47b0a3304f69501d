import type { Forge } from '../forge.ts';
import { timestamp } from '../timestamp.ts';

/**
 * Notes that the forge itself made this commit, before any ref moves to it: GitHub signs what it commits for others.
 * What comes by git is never noted, whatever committer it names.
 */
export function signCommit(forge: Forge, sha: string): void {
  const { store } = forge;
  if (isSigned(forge, sha)) return;
  store.transaction(() => store.signedCommits.put({ id: store.next('signedCommits'), sha, at: timestamp(forge) }));
}

/** Whether the forge made the commit. */
export function isSigned(forge: Forge, sha: string): boolean {
  return forge.store.signedCommits.by('sha', sha).length > 0;
}
