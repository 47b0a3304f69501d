import { deleteValue, findValue, setValue, type Visibility, valuesOf } from '../actions/scoped-value.ts';
import { optionalText, readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import type { ScopedValue } from '../rows.ts';
import { words } from '../words.ts';
import { scopedPaths } from './scoped.ts';
import { presentVisibility, readVisibility, visibilityRoutes } from './visibility.ts';

/** Variables of repositories, environments and organisations. */
export function variablesRoutes(app: ForgeApp, forge: Forge): void {
  for (const scoped of scopedPaths(forge, 'variables')) {
    const { path, enter, url } = scoped;
    const organization = path.startsWith('/orgs/');
    const present = (variable: ScopedValue, base: string) => ({
      name: variable.name,
      value: variable.value,
      created_at: variable.createdAt,
      updated_at: variable.updatedAt,
      ...(organization ? presentVisibility(variable, base, 'variables') : {}),
    });
    if (organization) {
      const plain = ({ name, value, createdAt, updatedAt }: ScopedValue) => ({
        name,
        value,
        created_at: createdAt,
        updated_at: updatedAt,
      });
      visibilityRoutes(app, forge, 'variables', scoped, plain);
    }
    app.get(path, (c) => {
      const all = valuesOf(forge, 'variables', enter(c, 'read'));
      const variables = paginate(c, all).map((variable) => present(variable, url(c)));
      return c.json({ total_count: all.length, variables });
    });
    app.post(path, async (c) => {
      const scope = enter(c, 'write');
      const body = await readBody(c);
      const name = requiredText(body, 'name', 'Variable');
      if (findValue(forge, 'variables', scope, name) !== undefined) throw new ApiError(409, words.variableExists());
      const shown = organization ? readVisibility(body) : {};
      setValue(forge, 'variables', scope, name, optionalText(body, 'value') ?? '', shown);
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
        const held = { ...pickVisibility(known), ...(organization ? readVisibility(body) : {}) };
        setValue(forge, 'variables', scope, name, optionalText(body, 'value') ?? known.value, held);
      });
      return c.body(null, 204);
    });
    app.delete(`${path}/:name`, (c) => {
      deleteValue(forge, 'variables', enter(c, 'write'), c.req.param('name') ?? '');
      return c.body(null, 204);
    });
  }
}

function pickVisibility({ visibility, selectedRepositoryIds }: ScopedValue): Visibility {
  return {
    ...(visibility === undefined ? {} : { visibility }),
    ...(selectedRepositoryIds === undefined ? {} : { selectedRepositoryIds }),
  };
}
