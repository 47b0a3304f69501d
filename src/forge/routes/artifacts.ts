import type { Context } from 'hono';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentArtifact } from '../present/artifact.ts';
import { downloadUrl } from '../results/artifact-service.ts';
import { artifactsOfRepository, deleteArtifact, isExpired } from '../results/artifacts.ts';
import type { ArtifactRow, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { findRun } from './runs.ts';

const base = '/repos/:owner/:repo/actions';

/** Artifacts of a repository and of a run; the bytes are where the redirect leads. */
export function artifactsRoutes(app: ForgeApp, forge: Forge): void {
  app.get(`${base}/artifacts`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    return c.json(list(forge, c, repository, artifactsOfRepository(forge, repository)));
  });
  app.get(`${base}/runs/:run/artifacts`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    const run = findRun(forge, repository, pathNumber(c, 'run'));
    const rows = artifactsOfRepository(forge, repository).filter((one) => one.runId === run.id);
    return c.json(list(forge, c, repository, c.req.query('direction') === 'asc' ? rows.toReversed() : rows));
  });
  app.get(`${base}/artifacts/:artifact`, (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    return c.json(presentArtifact(forge, repository, find(forge, repository, pathNumber(c, 'artifact'))));
  });
  app.delete(`${base}/artifacts/:artifact`, async (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'write');
    await deleteArtifact(forge, find(forge, repository, pathNumber(c, 'artifact')));
    return c.body(null, 204);
  });
  app.get(`${base}/artifacts/:artifact/zip`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'actions', 'read');
    // Also of a public repository: GitHub gives the bytes to nobody who did not sign in.
    if (identity.kind === 'anonymous') throw new ApiError(401, 'Requires authentication');
    const row = find(forge, repository, pathNumber(c, 'artifact'));
    if (isExpired(forge, row)) throw new ApiError(410, 'Artifact has expired');
    const { hostname, origin } = new URL(c.req.url);
    const direct = hostname === '127.0.0.1' || hostname === 'localhost';
    return c.redirect(downloadUrl(forge, row, direct ? origin : undefined), 302);
  });
}

function list(forge: Forge, c: Context, repository: Repository, rows: readonly ArtifactRow[]): object {
  const name = c.req.query('name');
  const named = name === undefined ? rows : rows.filter((row) => row.name === name);
  const artifacts = paginate(c, named).map((row) => presentArtifact(forge, repository, row));
  return { total_count: named.length, artifacts };
}

/** @throws ApiError 404 */
function find(forge: Forge, repository: Repository, id: number): ArtifactRow {
  const row = forge.store.artifacts.get(id);
  if (row === undefined || row.repositoryId !== repository.id || row.size === null)
    throw new ApiError(404, 'Not Found');
  return row;
}
