import type { Forge } from '../forge.ts';
import type { ForgeApp } from '../http.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { findRun } from './runs.ts';

const none = { total_count: 0, artifacts: [] };

/** Nothing keeps artifacts here: the lists are there, and empty. */
export function artifactsRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/repos/:owner/:repo/actions/artifacts', (c) => {
    atRepository(forge, c, 'actions', 'read');
    return c.json(none);
  });
  app.get('/repos/:owner/:repo/actions/runs/:run/artifacts', (c) => {
    const { repository } = atRepository(forge, c, 'actions', 'read');
    findRun(forge, repository, pathNumber(c, 'run'));
    return c.json(none);
  });
}
