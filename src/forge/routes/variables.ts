import { deleteValue, findValue, setValue, valuesOf } from '../actions/scoped-value.ts';
import { optionalText, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import type { ScopedValue } from '../rows.ts';
import { scopedPaths } from './scoped.ts';

/** Variables of repositories, environments and organisations. */
export function variablesRoutes(app: ForgeApp, forge: Forge): void {
  for (const { path, enter, url } of scopedPaths(forge, 'variables')) {
    const organization = path.startsWith('/orgs/');
    const present = (variable: ScopedValue, base: string) => ({
      name: variable.name,
      value: variable.value,
      created_at: variable.createdAt,
      updated_at: variable.updatedAt,
      ...(organization
        ? { visibility: 'all', selected_repositories_url: `${base}/actions/variables/${variable.name}/repositories` }
        : {}),
    });
    app.get(path, (c) => {
      const all = valuesOf(forge, 'variables', enter(c, 'read'));
      const variables = paginate(c, all).map((variable) => present(variable, url(c)));
      return c.json({ total_count: all.length, variables });
    });
    app.post(path, async (c) => {
      const scope = enter(c, 'write');
      const body = await readBody(c);
      const name = requiredText(body, 'name', 'Variable');
      if (findValue(forge, 'variables', scope, name) !== undefined)
        throw new ApiError(409, 'Already exists - Variable already exists');
      setValue(forge, 'variables', scope, name, optionalText(body, 'value') ?? '');
      return c.json({}, 201);
    });
    app.get(`${path}/:name`, (c) => {
      const variable = findValue(forge, 'variables', enter(c, 'read'), c.req.param('name') ?? '');
      if (variable === undefined) throw new ApiError(404, 'Not Found');
      return c.json(present(variable, url(c)));
    });
    app.patch(`${path}/:name`, async (c) => {
      const scope = enter(c, 'write');
      const known = findValue(forge, 'variables', scope, c.req.param('name') ?? '');
      if (known === undefined) throw new ApiError(404, 'Not Found');
      const body = await readBody(c);
      const name = (optionalText(body, 'name') ?? known.name).toUpperCase();
      forge.store.transaction(() => {
        if (name !== known.name) deleteValue(forge, 'variables', scope, known.name);
        setValue(forge, 'variables', scope, name, optionalText(body, 'value') ?? known.value);
      });
      return c.body(null, 204);
    });
    app.delete(`${path}/:name`, (c) => {
      deleteValue(forge, 'variables', enter(c, 'write'), c.req.param('name') ?? '');
      return c.body(null, 204);
    });
  }
}
