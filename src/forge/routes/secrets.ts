import { deleteValue, findValue, setValue, valuesOf } from '../actions/scoped-value.ts';
import { openSealed, sealingKey } from '../actions/sealed-box.ts';
import { readBody, requiredText } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import type { ScopedValue } from '../rows.ts';
import { scopedPaths } from './scoped.ts';
import { presentVisibility, readVisibility, visibilityRoutes } from './visibility.ts';

/** Secrets of repositories, environments and organisations: their values go in, sealed, and never come out. */
export function secretsRoutes(app: ForgeApp, forge: Forge): void {
  for (const scoped of scopedPaths(forge, 'secrets')) {
    const { path, enter, url } = scoped;
    const organization = path.startsWith('/orgs/');
    const present = (secret: ScopedValue, base: string) => ({
      name: secret.name,
      created_at: secret.createdAt,
      updated_at: secret.updatedAt,
      ...(organization ? presentVisibility(secret, base, 'secrets') : {}),
    });
    if (organization) {
      const plain = ({ name, createdAt, updatedAt }: ScopedValue) => ({
        name,
        created_at: createdAt,
        updated_at: updatedAt,
      });
      visibilityRoutes(app, forge, 'secrets', scoped, plain);
    }
    app.get(`${path}/public-key`, async (c) => {
      enter(c, 'read');
      return c.json(await sealingKey(forge));
    });
    app.get(path, (c) => {
      const all = valuesOf(forge, 'secrets', enter(c, 'read'));
      return c.json({ total_count: all.length, secrets: paginate(c, all).map((secret) => present(secret, url(c))) });
    });
    app.get(`${path}/:name`, (c) => {
      const secret = findValue(forge, 'secrets', enter(c, 'read'), c.req.param('name') ?? '');
      if (secret === undefined) throw new ApiError(404, 'Not Found');
      return c.json(present(secret, url(c)));
    });
    app.put(`${path}/:name`, async (c) => {
      const scope = enter(c, 'write');
      const body = await readBody(c);
      const sealed = requiredText(body, 'encrypted_value', 'Secret');
      const value = await openSealed(forge, requiredText(body, 'key_id', 'Secret'), sealed);
      const shown = organization ? readVisibility(body) : {};
      const { created } = setValue(forge, 'secrets', scope, c.req.param('name') ?? '', value, shown);
      return created ? c.json({}, 201) : c.body(null, 204);
    });
    app.delete(`${path}/:name`, (c) => {
      deleteValue(forge, 'secrets', enter(c, 'write'), c.req.param('name') ?? '');
      return c.body(null, 204);
    });
  }
}
