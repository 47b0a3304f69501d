import type { Context } from 'hono';
import { readBody, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { pingHook, testHook } from '../hooks/ping-hook.ts';
import { redeliver } from '../hooks/raise-hooks.ts';
import { type HookConfig, readHookConfig, readHookEvents } from '../hooks/read-hook.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentDelivery, presentHook, presentHookConfig, presentWholeDelivery } from '../present/hook.ts';
import type { Hook, HookDelivery } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { requireApp } from './apps.ts';
import { atOrganization } from './at-organization.ts';
import { atRepository, pathNumber } from './at-repository.ts';
import { objectField } from './object-field.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;
type Place = Pick<Hook, 'scope' | 'scopeId'>;

/** Webhooks of repositories, organisations and Apps, and what was delivered. */
export function hooksRoutes(app: ForgeApp, forge: Forge): void {
  const repository = (c: RouteContext): Place => {
    const level = c.req.method === 'GET' ? 'read' : 'write';
    const asked = atRepository(forge, c, 'repository_hooks', level, 'admin');
    return { scope: 'repository', scopeId: asked.repository.id };
  };
  const organization = (c: RouteContext): Place => ({
    scope: 'organization',
    scopeId: atOrganization(forge, c, 'organization_hooks').id,
  });
  hookRoutes(app, forge, '/repos/:owner/:repo/hooks', repository);
  hookRoutes(app, forge, '/orgs/:org/hooks', organization);
  app.post('/repos/:owner/:repo/hooks/:hook/tests', (c) => {
    testHook(forge, c.get('identity'), found(forge, c, repository(c)));
    return c.body(null, 204);
  });
  configRoutes(app, forge, '/app/hook', (c) => appHook(forge, c));
}

function hookRoutes(app: ForgeApp, forge: Forge, path: string, place: (c: RouteContext) => Place): void {
  const { hooks } = forge.store;
  app.get(path, (c) => {
    const { scope, scopeId } = place(c);
    return c.json(paginate(c, hooks.by('scope', `${scope}/${scopeId}`)).map((one) => presentHook(forge, one)));
  });
  app.post(path, async (c) => {
    const at = place(c);
    const body = await readBody(c);
    const config = readHookConfig(objectField(body, 'config'));
    const now = timestamp(forge);
    const made = forge.store.transaction(() => {
      refuseSecond(forge, at, config);
      const id = forge.store.next('hooks');
      const hook: Hook = { id, ...at, ...config, ...readHookEvents(body), createdAt: now, updatedAt: now };
      hooks.put(hook);
      pingHook(forge, c.get('identity'), hook);
      return hook;
    });
    return c.json(presentHook(forge, made), 201);
  });
  app.get(`${path}/:hook`, (c) => c.json(presentHook(forge, found(forge, c, place(c)))));
  app.patch(`${path}/:hook`, async (c) => {
    const held = found(forge, c, place(c));
    const body = await readBody(c);
    const config =
      body['config'] === undefined ? {} : readHookConfig(objectField(body, 'config'), withoutSecret(body, held));
    const changed: Hook = { ...held, ...config, ...readHookEvents(body, held), updatedAt: timestamp(forge) };
    forge.store.transaction(() => hooks.put(changed));
    return c.json(presentHook(forge, changed));
  });
  app.delete(`${path}/:hook`, (c) => {
    const held = found(forge, c, place(c));
    forge.store.transaction(() => {
      for (const one of forge.store.hookDeliveries.by('hook', held.id)) forge.store.hookDeliveries.delete(one.id);
      hooks.delete(held.id);
    });
    return c.body(null, 204);
  });
  app.post(`${path}/:hook/pings`, (c) => {
    const held = found(forge, c, place(c));
    forge.store.transaction(() => pingHook(forge, c.get('identity'), held));
    return c.body(null, 204);
  });
  configRoutes(app, forge, `${path}/:hook`, (c) => found(forge, c, place(c)));
}

/** What a hook's owner and an App have alike: the configuration, and the deliveries. */
function configRoutes(app: ForgeApp, forge: Forge, path: string, hookOf: (c: RouteContext) => Hook): void {
  app.get(`${path}/config`, (c) => c.json(presentHookConfig(hookOf(c))));
  app.patch(`${path}/config`, async (c) => {
    const held = hookOf(c);
    const changed = { ...held, ...readHookConfig(await readBody(c), held), updatedAt: timestamp(forge) };
    forge.store.transaction(() => forge.store.hooks.put(changed));
    return c.json(presentHookConfig(changed));
  });
  const delivered = (hook: Hook): readonly HookDelivery[] =>
    forge.store.hookDeliveries.by('hook', hook.id).filter((one) => one.state === 'done');
  app.get(`${path}/deliveries`, (c) => {
    const failing = c.req.query('status');
    const wanted = delivered(hookOf(c)).filter(
      (one) => failing === undefined || (failing === 'failure') === isFailure(one),
    );
    return c.json(paginate(c, wanted.toReversed()).map(presentDelivery));
  });
  const one = (c: RouteContext): { hook: Hook; delivery: HookDelivery } => {
    const hook = hookOf(c);
    const delivery = delivered(hook).find(({ id }) => id === pathNumber(c, 'delivery'));
    if (delivery === undefined) throw new ApiError(404, 'Not Found');
    return { hook, delivery };
  };
  app.get(`${path}/deliveries/:delivery`, (c) => {
    const { hook, delivery } = one(c);
    return c.json(presentWholeDelivery(hook, delivery));
  });
  app.post(`${path}/deliveries/:delivery/attempts`, (c) => {
    const { delivery } = one(c);
    forge.store.transaction(() => redeliver(forge, delivery));
    return c.json({}, 202);
  });
}

/** A whole new configuration forgets the secret unless it brings one (docs.github.com, "Update a repository webhook"). */
function withoutSecret(body: Readonly<Record<string, unknown>>, held: Hook): HookConfig {
  const given = objectField(body, 'config');
  return 'secret' in given ? held : { ...held, secret: null };
}

function isFailure(delivery: HookDelivery): boolean {
  return delivery.statusCode < 200 || delivery.statusCode >= 300;
}

function found(forge: Forge, c: RouteContext, place: Place): Hook {
  const hook = forge.store.hooks.get(pathNumber(c, 'hook'));
  if (hook?.scope !== place.scope || hook.scopeId !== place.scopeId) throw new ApiError(404, 'Not Found');
  return hook;
}

function appHook(forge: Forge, c: RouteContext): Hook {
  const { id } = requireApp(forge, c.get('identity'));
  const hook = forge.store.hooks.by('scope', `app/${id}`)[0];
  if (hook === undefined) throw new ApiError(404, 'Not Found');
  return hook;
}

function refuseSecond(forge: Forge, { scope, scopeId }: Place, config: HookConfig): void {
  const same = forge.store.hooks
    .by('scope', `${scope}/${scopeId}`)
    .some((one) => one.url === config.url && one.contentType === config.contentType);
  if (same) throw validationFailed({ resource: 'Hook', code: 'custom', message: words.hookExists() });
}
