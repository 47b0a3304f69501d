import { optionalChoice, optionalText, readBody, requiredText } from '../body.ts';
import { createStatus } from '../checks/create-status.ts';
import { latestStatuses } from '../checks/latest-checks.ts';
import type { Forge } from '../forge.ts';
import { resolveCommit } from '../git/refs.ts';
import { repositoryFolder } from '../git/repository-folder.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentCombinedStatus, presentStatus } from '../present/status.ts';
import type { Repository } from '../rows.ts';
import { words } from '../words.ts';
import { atRepository } from './at-repository.ts';

/** Commit statuses. A ref may hold slashes: `/commits/{ref}/status`. */
export function statusesRoutes(app: ForgeApp, forge: Forge): void {
  app.post('/repos/:owner/:repo/statuses/:sha', async (c) => {
    const { repository, identity } = atRepository(forge, c, 'statuses', 'write');
    const body = await readBody(c);
    requiredText(body, 'state', 'Status');
    const asked = c.req.param('sha');
    const sha = await resolveCommit(repositoryFolder(forge, repository.id), asked);
    if (sha === undefined) throw new ApiError(422, words.commitMissing(asked));
    const status = createStatus(forge, identity, repository, {
      sha,
      state: optionalChoice(body, 'state', ['error', 'failure', 'pending', 'success']) ?? 'pending',
      context: optionalText(body, 'context') ?? 'default',
      description: optionalText(body, 'description'),
      targetUrl: optionalText(body, 'target_url'),
    });
    return c.json(presentStatus(forge, repository, status), 201);
  });
  app.get('/repos/:owner/:repo/commits/:ref{.+}/status', async (c) => {
    const { repository } = atRepository(forge, c, 'statuses', 'read');
    const sha = await requireCommit(forge, repository, c.req.param('ref'));
    const latest = latestStatuses(forge, repository.id, sha);
    return c.json(presentCombinedStatus(forge, repository, sha, latest));
  });
  for (const path of ['/repos/:owner/:repo/commits/:ref{.+}/statuses', '/repos/:owner/:repo/statuses/:ref{.+}']) {
    app.get(path, async (c) => {
      const { repository } = atRepository(forge, c, 'statuses', 'read');
      const sha = await requireCommit(forge, repository, c.req.param('ref') ?? '');
      const all = [...forge.store.statuses.by('commit', `${repository.id}/${sha}`)].reverse();
      return c.json(paginate(c, all).map((status) => presentStatus(forge, repository, status)));
    });
  }
}

/** @throws ApiError 422, 404 as GitHub's commit routes answer */
export async function requireCommit(forge: Forge, repository: Repository, ref: string): Promise<string> {
  const sha = await resolveCommit(repositoryFolder(forge, repository.id), ref.replace(/^(heads|tags)\//, 'refs/$1/'));
  if (sha === undefined) throw new ApiError(422, words.commitMissing(ref));
  return sha;
}
