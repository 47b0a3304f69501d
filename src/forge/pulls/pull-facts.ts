import type { Forge } from '../forge.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { settledText } from '../git/settled-git.ts';
import type { Identity } from '../http.ts';
import type { PullFacts } from '../present/pull.ts';
import type { Pull } from '../rows.ts';
import { mergeState } from './merge-state.ts';

/** What a single pull request's answer says beyond its row. */
export async function pullFacts(forge: Forge, identity: Identity, pull: Pull): Promise<PullFacts> {
  const [size, state] = await Promise.all([pullSize(forge, pull), mergeState(forge, pull, identity)]);
  const mergeable = pull.state === 'closed' || pull.owed !== undefined ? null : pull.mergeRefSha !== null;
  return { ...size, mergeable, mergeableState: state.toLowerCase() };
}

export interface PullSize {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

export async function pullSize(forge: Forge, pull: Pull): Promise<PullSize> {
  const folder = repositoryFolder(forge, pull.repositoryId);
  const [commits, numbers] = await Promise.all([
    settledText(folder, ['rev-list', '--count', `${pull.baseSha}..${pull.headSha}`]),
    settledText(folder, ['diff', '--numstat', '-z', '--no-renames', `${pull.baseSha}...${pull.headSha}`]),
  ]);
  const files = numbers.split('\0').filter((line) => line !== '');
  const column = (index: number): number =>
    files.reduce((sum, line) => sum + (Number(line.split('\t')[index]) || 0), 0);
  return { commits: Number(commits), additions: column(0), deletions: column(1), changedFiles: files.length };
}
