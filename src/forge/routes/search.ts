import type { Context } from 'hono';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentAccount } from '../present/account.ts';
import { presentIssue } from '../present/issue.ts';
import { presentRepository } from '../present/repository.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import { searchIssues } from '../pulls/search.ts';
import { searchRepositories, searchUsers } from '../search.ts';

/** Search of issues and pull requests, repositories and people, as far as qualifiers and words find them. */
export function searchRoutes(app: ForgeApp, forge: Forge): void {
  const answer = <Row extends object>(c: Context, found: readonly Row[], present: (row: Row) => object) => ({
    total_count: found.length,
    incomplete_results: false,
    items: paginate(c, found).map((row) => ({ ...present(row), score: 1 })),
  });
  app.get('/search/issues', (c) => {
    const sort = c.req.query('sort');
    const order = sort === undefined ? '' : ` sort:${sort}-${c.req.query('order') ?? 'desc'}`;
    const found = searchIssues(forge, c.get('identity'), `${asked(c)}${order}`);
    const shown = answer(c, found, (row) => presentIssue(forge, repositoryOf(forge, row), row));
    return c.json({ ...shown, search_type: 'lexical' });
  });
  app.get('/search/repositories', (c) => {
    const found = searchRepositories(forge, c.get('identity'), asked(c));
    return c.json(answer(c, found, (row) => presentRepository(forge, row)));
  });
  app.get('/search/users', (c) =>
    c.json(answer(c, searchUsers(forge, asked(c)), (account) => presentAccount(forge, account))),
  );
}

/** @throws ApiError 422 */
function asked(c: Context): string {
  const query = c.req.query('q') ?? '';
  if (query !== '') return query;
  throw new ApiError(422, 'Validation Failed', { errors: [{ resource: 'Search', field: 'q', code: 'missing' }] });
}
