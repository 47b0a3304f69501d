import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentIssue } from '../present/issue.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import { searchIssues } from '../pulls/search.ts';

export function searchRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/search/issues', (c) => {
    const query = c.req.query('q') ?? '';
    if (query === '')
      throw new ApiError(422, 'Validation Failed', { errors: [{ resource: 'Search', field: 'q', code: 'missing' }] });
    const found = searchIssues(forge, c.get('identity'), query);
    const items = paginate(c, found).map((row) => ({
      ...presentIssue(forge, repositoryOf(forge, row), row),
      score: 1,
    }));
    return c.json({ total_count: found.length, incomplete_results: false, search_type: 'lexical', items });
  });
}
