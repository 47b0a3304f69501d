import type { Forge } from '../forge.ts';
import { type Commit, readCommit } from '../git/objects.ts';
import { listRefs, readRef } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { fullNameOf } from '../permissions.ts';
import { presentCommit } from '../present/commit.ts';
import type { Repository } from '../rows.ts';
import { isProtected } from '../rules/applicable-rulesets.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';

/** Branches as they are; classic protection is never there, rulesets guard instead. */
export function branchesRoutes(app: ForgeApp, forge: Forge): void {
  const base = '/repos/:owner/:repo/branches';

  app.get(base, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const refs = await listRefs(repositoryFolder(forge, repository.id), 'refs/heads/');
    const wanted = c.req.query('protected');
    const branches = refs
      .map((ref) => presentBranch(forge, repository, ref.name.slice('refs/heads/'.length), ref.sha))
      .filter((branch) => wanted === undefined || branch.protected === (wanted === 'true'));
    return c.json(paginate(c, branches));
  });

  app.get(`${base}/:branch{.+}/protection`, (c) => {
    atRepository(forge, c, 'administration', 'read');
    throw new ApiError(404, words.branchNotProtected());
  });

  app.get(`${base}/:branch{.+}`, async (c) => {
    const { repository } = atRepository(forge, c, 'contents', 'read');
    const folder = repositoryFolder(forge, repository.id);
    const name = c.req.param('branch');
    const sha = readRef(folder, `refs/heads/${name}`);
    const commit = sha === undefined ? undefined : await readCommit(folder, sha);
    if (commit === undefined) throw new ApiError(404, words.branchMissing());
    return c.json(presentWholeBranch(forge, repository, name, commit));
  });
}

/** A branch alone: with its commit, and where it is. */
export function presentWholeBranch(forge: Forge, repository: Repository, name: string, commit: Commit) {
  const fullName = fullNameOf(forge, repository);
  return {
    ...presentBranch(forge, repository, name, commit.sha),
    commit: presentCommit(forge, repository, commit),
    _links: {
      self: `${forge.urls.api}/repos/${fullName}/branches/${name}`,
      html: `${forge.urls.html}/${fullName}/tree/${name}`,
    },
  };
}

function presentBranch(forge: Forge, repository: Repository, name: string, sha: string) {
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
  return {
    name,
    commit: { sha, url: `${api}/commits/${sha}` },
    protected: isProtected(forge, repository, `refs/heads/${name}`),
    protection: { enabled: false, required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] } },
    protection_url: `${api}/branches/${name}/protection`,
  };
}
