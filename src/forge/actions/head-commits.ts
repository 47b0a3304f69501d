import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { readObject } from '../git/object-reader.ts';
import { parseCommit, personDate } from '../git/parse-objects.ts';
import { repositoryFolder } from '../git/repository-folder.ts';

export type HeadCommit = components['schemas']['simple-commit'];

/** Commits as runs show their head, by SHA; those that are not there are left out. */
export async function headCommits(
  forge: Forge,
  repositoryId: number,
  shas: readonly string[],
): Promise<ReadonlyMap<string, HeadCommit>> {
  const folder = repositoryFolder(forge, repositoryId);
  const found = await Promise.all([...new Set(shas)].map((sha) => headCommit(folder, sha)));
  return new Map(found.flatMap((commit) => (commit === undefined ? [] : [[commit.id, commit]])));
}

async function headCommit(folder: string, sha: string): Promise<HeadCommit | undefined> {
  const object = await readObject(folder, sha);
  if (object?.type !== 'commit') return undefined;
  const { tree, author, committer, message } = parseCommit(object.bytes);
  return {
    id: sha,
    tree_id: tree,
    message: message.trimEnd(),
    timestamp: personDate(committer),
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
  };
}
