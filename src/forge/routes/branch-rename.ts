import { readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { createRef, deleteRef } from '../git/edit-ref.ts';
import { readCommit } from '../git/objects.ts';
import { readRef, zeroSha } from '../git/refs.ts';
import { repositoryFolder, setDefaultBranch } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { requirePermission } from '../permissions.ts';
import type { Pull } from '../rows.ts';
import { evaluateRefUpdate } from '../rules/evaluate-ref-update.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';
import { presentWholeBranch } from './branches.ts';

/** Renames a branch: rules are asked for the new name and the old one; pull requests follow. */
export function branchRenameRoutes(app: ForgeApp, forge: Forge): void {
  app.post('/repos/:owner/:repo/branches/:branch{.+}/rename', async (c) => {
    const { repository, identity } = atRepository(forge, c, 'contents', 'write');
    const from = c.req.param('branch');
    const to = requiredText(await readBody(c), 'new_name', 'Branch');
    const folder = repositoryFolder(forge, repository.id);
    const sha = readRef(folder, `refs/heads/${from}`);
    if (sha === undefined) throw new ApiError(404, words.branchMissing());
    const isDefault = from === repository.defaultBranch;
    if (isDefault) requirePermission(forge, identity, repository, 'administration', 'write');
    const going = { repository, identity, ref: `refs/heads/${from}`, before: sha, after: zeroSha, via: 'api' } as const;
    // A default branch has moved on by then, and the rules for it with it.
    const { violations } = isDefault ? { violations: [] } : await evaluateRefUpdate(forge, going);
    if (violations.length > 0) throw new ApiError(422, words.violations(violations.map((one) => one.message)));
    await createRef(forge, { repository, identity, ref: `refs/heads/${to}` }, sha);
    const { pulls, repositories } = forge.store;
    forge.store.transaction(() => {
      const updatedAt = timestamp(forge);
      const follow = (pull: Pull, change: Partial<Pull>): void => {
        if (pull.state === 'open') pulls.put({ ...pull, ...change, updatedAt });
      };
      for (const pull of pulls.by('base', `${repository.id}/${from}`)) follow(pull, { baseRef: to });
      for (const pull of pulls.by('head', `${repository.id}/${from}`)) follow(pull, { headRef: to });
      const now = repositories.get(repository.id) ?? repository;
      if (isDefault) repositories.put({ ...now, defaultBranch: to });
    });
    if (isDefault) await setDefaultBranch(forge, repository.id, to);
    const current = repositories.get(repository.id) ?? repository;
    await deleteRef(forge, { repository: current, identity, ref: `refs/heads/${from}` });
    const commit = await readCommit(folder, sha);
    if (commit === undefined) throw new ApiError(404, words.branchMissing());
    return c.json(presentWholeBranch(forge, current, to, commit), 201);
  });
}
