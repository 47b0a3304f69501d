import { identityOfActor } from '../actor.ts';
import type { Forge } from '../forge.ts';
import { moveRefs } from '../git/move-refs.ts';
import { readRef, zeroSha } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { repositoryOf } from './find-pull.ts';

/** Deletes the head branch of a merged pull request whose repository asks for that, if rules let it go and nobody moved it. */
export async function deleteOwedHead(forge: Forge, pullId: number): Promise<void> {
  const pull = forge.store.pulls.get(pullId);
  if (pull?.headToDelete === undefined) return;
  const repository = repositoryOf(forge, pull);
  const ref = `refs/heads/${pull.headRef}`;
  const isHead = readRef(repositoryFolder(forge, repository.id), ref) === pull.headSha;
  if (isHead && pull.headRef !== repository.defaultBranch) {
    const identity = identityOfActor(forge, pull.headToDelete);
    const updates = [{ ref, before: pull.headSha, after: zeroSha }];
    await moveRefs(forge, { repository, identity, updates, via: 'api' });
  }
  forge.store.transaction(() => {
    const current = forge.store.pulls.get(pullId);
    if (current === undefined) return;
    const { headToDelete: _done, ...rest } = current;
    forge.store.pulls.put(rest);
  });
}
