import { mergeInto } from '../actions/merge-default-branch.ts';
import { optionalText, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { throwRefusal } from '../git/edit-ref.ts';
import { moveRefs } from '../git/move-refs.ts';
import { readCommit } from '../git/objects.ts';
import { readRef, resolveCommit } from '../git/refs.ts';
import { copyCommit, repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { fullNameOf } from '../permissions.ts';
import { presentCommit } from '../present/commit.ts';
import { isAncestor } from '../rules/history.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';

/** Merges of branches without a pull request: rules are asked as ever. */
export function branchMergesRoutes(app: ForgeApp, forge: Forge): void {
  app.post('/repos/:owner/:repo/merges', async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const body = await readBody(c);
    const folder = repositoryFolder(forge, repository.id);
    const branch = requiredText(body, 'base', 'Merge');
    const name = requiredText(body, 'head', 'Merge');
    const head = await resolveCommit(folder, name);
    if (readRef(folder, `refs/heads/${branch}`) === undefined) throw new ApiError(404, 'Base does not exist');
    if (head === undefined) throw new ApiError(404, 'Head does not exist');
    const message = optionalText(body, 'commit_message') ?? `Merge ${name} into ${branch}`;
    const sha = await mergeInto(forge, identity, repository, { branch, head, message });
    const commit = sha === undefined ? undefined : await readCommit(folder, sha);
    if (commit === undefined) return c.body(null, 204);
    return c.json(presentCommit(forge, repository, commit), 201);
  });

  app.post('/repos/:owner/:repo/merge-upstream', async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const branch = requiredText(await readBody(c), 'branch', 'Merge');
    const parent = forge.store.repositories.get(repository.forkOf ?? 0);
    const folder = repositoryFolder(forge, repository.id);
    const before = readRef(folder, `refs/heads/${branch}`);
    const upstream =
      parent === undefined ? undefined : readRef(repositoryFolder(forge, parent.id), `refs/heads/${branch}`);
    if (parent === undefined || before === undefined || upstream === undefined)
      throw new ApiError(422, words.cannotSync());
    const base_branch = `${fullNameOf(forge, parent).split('/')[0] ?? ''}:${branch}`;
    await copyCommit(forge, parent.id, repository.id, upstream);
    if (await isAncestor({ folder }, upstream, before))
      return c.json({
        message: words.notBehind(base_branch),
        merge_type: 'none',
        base_branch,
      });
    if (!(await isAncestor({ folder }, before, upstream))) {
      await mergeInto(forge, identity, repository, {
        branch,
        head: upstream,
        message: `Merge ${base_branch} into ${branch}`,
      });
      return c.json({
        message: words.syncMerged(base_branch),
        merge_type: 'merge',
        base_branch,
      });
    }
    const updates = [{ ref: `refs/heads/${branch}`, before, after: upstream }];
    const [outcome] = await moveRefs(forge, { repository, identity, updates, via: 'api', fetchAndMerge: true });
    if (outcome !== undefined) throwRefusal(outcome, words.refNotUpdated(), 409);
    const message = words.syncForwarded(base_branch);
    return c.json({ message, merge_type: 'fast-forward', base_branch });
  });
}
