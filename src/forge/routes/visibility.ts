import type { Context } from 'hono';
import { findValue, type Kind, type Scope, setValue, type Visibility } from '../actions/scoped-value.ts';
import { sees } from '../actions/scoped-values.ts';
import { type Body, optionalChoice, optionalNumbers, readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentMinimalRepository } from '../present/repository.ts';
import type { Repository, ScopedValue } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import type { ScopedPath } from './scoped.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;

/** Which repositories see an organisation's secret or variable, as a request says. @throws ApiError 422 */
export function readVisibility(body: Body): Visibility {
  const visibility = optionalChoice(body, 'visibility', ['all', 'private', 'selected']);
  const ids = optionalNumbers(body, 'selected_repository_ids');
  return {
    ...(visibility === undefined ? {} : { visibility }),
    ...(ids === undefined ? {} : { selectedRepositoryIds: ids }),
  };
}

export function presentVisibility(value: ScopedValue, base: string, kind: Kind) {
  const { visibility = 'all' } = value;
  const url = `${base}/actions/${kind}/${value.name}/repositories`;
  return { visibility, ...(visibility === 'selected' ? { selected_repositories_url: url } : {}) };
}

/** The repositories that an organisation selected for one value, and what of it a repository sees. */
export function visibilityRoutes(
  app: ForgeApp,
  forge: Forge,
  kind: Kind,
  { path, enter }: ScopedPath,
  present: (value: ScopedValue) => object,
): void {
  const held = (
    c: RouteContext,
    level: 'read' | 'write',
  ): { scope: Scope; value: ScopedValue; ids: readonly number[] } => {
    const scope = enter(c, level);
    const value = findValue(forge, kind, scope, c.req.param('name') ?? '');
    if (value === undefined) throw new ApiError(404, 'Not Found');
    if (value.visibility !== 'selected') throw new ApiError(409, 'Conflict');
    return { scope, value, ids: value.selectedRepositoryIds ?? [] };
  };
  const save = (
    { scope, value }: { scope: Scope; value: ScopedValue },
    selectedRepositoryIds: readonly number[],
  ): void => {
    setValue(forge, kind, scope, value.name, value.value, { selectedRepositoryIds });
  };
  app.get(`${path}/:name/repositories`, (c) => {
    const found = held(c, 'read').ids.flatMap((id) => forge.store.repositories.get(id) ?? []);
    const repositories = paginate(c, found).map((one) => presentMinimalRepository(forge, one));
    return c.json({ total_count: found.length, repositories });
  });
  app.put(`${path}/:name/repositories`, async (c) => {
    const one = held(c, 'write');
    save(one, optionalNumbers(await readBody(c), 'selected_repository_ids') ?? []);
    return c.body(null, 204);
  });
  for (const method of ['PUT', 'DELETE'] as const) {
    app.on(method, `${path}/:name/repositories/:repository`, (c) => {
      const one = held(c, 'write');
      const id = pathNumber(c, 'repository');
      const others = one.ids.filter((other) => other !== id);
      save(one, method === 'PUT' ? [...others, id] : others);
      return c.body(null, 204);
    });
  }
  app.get(`/repos/:owner/:repo/actions/organization-${kind}`, (c) => {
    const permission = kind === 'secrets' ? ['secrets'] : ['actions_variables', 'variables'];
    const { repository } = atRepository(forge, c, permission, 'read', 'write');
    const all = visibleValues(forge, kind, repository);
    return c.json({ total_count: all.length, [kind]: paginate(c, all).map(present) });
  });
}

function visibleValues(forge: Forge, kind: Kind, repository: Repository): readonly ScopedValue[] {
  return forge.store[kind].by('scope', `organization/${repository.ownerId}`).filter((one) => sees(repository, one));
}
