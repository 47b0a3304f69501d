import type { components } from '@octokit/openapi-types';
import { systemIdentity } from '../authenticate.ts';
import { optionalNumbers, optionalTexts, readBody } from '../body.ts';
import { raiseInstallationEvent } from '../events/organization-event.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { canSee, findRepository, fullNameOf } from '../permissions.ts';
import { presentApp, presentInstallation } from '../present/app.ts';
import { presentRepository } from '../present/repository.ts';
import type { App, Installation } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { mintToken } from '../tokens.ts';
import { words } from '../words.ts';
import { atOrganization } from './at-organization.ts';
import { pathNumber } from './at-repository.ts';

const hour = 3600_000;
const levels = ['read', 'write', 'admin'] as const;

/** What an App asks with its own JWT, and with its installation's token. */
export function appsRoutes(app: ForgeApp, forge: Forge): void {
  app.get('/app', (c) => c.json(presentApp(forge, requireApp(forge, c.get('identity')))));
  app.get('/apps/:slug', (c) => {
    const found = forge.store.apps.by('slug', c.req.param('slug'))[0];
    if (found === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentApp(forge, found));
  });
  app.get('/app/installations', (c) => {
    const { id } = requireApp(forge, c.get('identity'));
    return c.json(paginate(c, forge.store.installations.by('app', id)).map((one) => presentInstallation(forge, one)));
  });
  app.get('/app/installations/:id', (c) => {
    const own = requireApp(forge, c.get('identity'));
    return c.json(presentInstallation(forge, findInstallation(forge, own, pathNumber(c, 'id'))));
  });
  app.get('/repos/:owner/:repo/installation', (c) => {
    const own = requireApp(forge, c.get('identity'));
    const repository = findRepository(forge, systemIdentity, c.req.param('owner'), c.req.param('repo'));
    const found = forge.store.installations
      .by('app', own.id)
      .filter((one) => one.accountId === repository.ownerId)
      .find((one) => one.repositoryIds === 'all' || one.repositoryIds.includes(repository.id));
    if (found === undefined) throw new ApiError(404, 'Not Found');
    return c.json(presentInstallation(forge, found));
  });
  const ofAccount = (identity: Identity, login: string): Installation => {
    const own = requireApp(forge, identity);
    const account = forge.store.accounts.by('login', login.toLowerCase())[0];
    const found = forge.store.installations.by('app', own.id).find((one) => one.accountId === account?.id);
    if (found === undefined) throw new ApiError(404, 'Not Found');
    return found;
  };
  app.get('/orgs/:org/installation', (c) =>
    c.json(presentInstallation(forge, ofAccount(c.get('identity'), c.req.param('org')))),
  );
  app.get('/users/:username/installation', (c) =>
    c.json(presentInstallation(forge, ofAccount(c.get('identity'), c.req.param('username')))),
  );
  app.delete('/app/installations/:id', (c) => {
    const own = requireApp(forge, c.get('identity'));
    const installation = findInstallation(forge, own, pathNumber(c, 'id'));
    forge.store.transaction(() => {
      raiseInstallationEvent(forge, botOf(forge, own), installation, 'deleted');
      for (const token of forge.store.tokens.values())
        if (token.installationId === installation.id) forge.store.tokens.delete(token.id);
      forge.store.installations.delete(installation.id);
    });
    return c.body(null, 204);
  });
  for (const [method, suspended] of [
    ['PUT', true],
    ['DELETE', false],
  ] as const) {
    app.on(method, '/app/installations/:id/suspended', (c) => {
      const own = requireApp(forge, c.get('identity'));
      const { suspendedAt: _at, suspendedById: _by, ...rest } = findInstallation(forge, own, pathNumber(c, 'id'));
      const since = { suspendedAt: timestamp(forge), suspendedById: own.botId };
      const changed: Installation = { ...rest, ...(suspended ? since : {}) };
      forge.store.transaction(() => {
        forge.store.installations.put(changed);
        raiseInstallationEvent(forge, botOf(forge, own), changed, suspended ? 'suspend' : 'unsuspend');
      });
      return c.body(null, 204);
    });
  }
  app.get('/orgs/:org/installations', (c) => {
    const organization = atOrganization(forge, c);
    const all = forge.store.installations.by('account', organization.id);
    const installations = paginate(c, all).map((one) => presentInstallation(forge, one));
    return c.json({ total_count: all.length, installations });
  });
  app.post('/app/installations/:id/access_tokens', async (c) => {
    const own = requireApp(forge, c.get('identity'));
    const installation = findInstallation(forge, own, pathNumber(c, 'id'));
    if (installation.suspendedAt !== undefined) throw new ApiError(403, words.suspended());
    const body = await readBody(c);
    const repositoryIds = narrowRepositories(
      forge,
      installation,
      optionalTexts(body, 'repositories'),
      optionalNumbers(body, 'repository_ids'),
    );
    const permissions = narrowPermissions(installation, body['permissions']);
    const expiresAt = timestamp(forge, hour);
    const { text } = mintToken(forge, {
      kind: 'installation',
      accountId: own.botId,
      appId: own.id,
      installationId: installation.id,
      repositoryIds,
      permissions,
      expiresAt,
    });
    const repositories =
      repositoryIds === 'all' ? [] : repositoryIds.flatMap((id) => forge.store.repositories.get(id) ?? []);
    const shown: components['schemas']['installation-token'] = {
      token: text,
      expires_at: expiresAt,
      permissions: permissions as components['schemas']['app-permissions'],
      repository_selection: repositoryIds === 'all' ? 'all' : 'selected',
      ...(repositoryIds === 'all' ? {} : { repositories: repositories.map((one) => presentRepository(forge, one)) }),
    };
    return c.json(shown, 201);
  });
  app.get('/installation/repositories', (c) => {
    const identity = c.get('identity');
    const { installation, token } = identity;
    if (installation === undefined || token === undefined) throw new ApiError(403, words.byPersonalToken());
    const visible = forge.store.repositories
      .by('owner', installation.accountId)
      .filter((one) => token.repositoryIds === 'all' || token.repositoryIds.includes(one.id))
      .filter((one) => installation.repositoryIds === 'all' || installation.repositoryIds.includes(one.id))
      .filter((one) => canSee(forge, identity, one));
    const repositories = paginate(c, visible).map((one) => presentRepository(forge, one, identity));
    return c.json({
      total_count: visible.length,
      repository_selection: token.repositoryIds === 'all' ? 'all' : 'selected',
      repositories,
    });
  });
  app.delete('/installation/token', (c) => {
    const { token, installation } = c.get('identity');
    if (installation === undefined || token === undefined) throw new ApiError(403, words.byPersonalToken());
    forge.store.transaction(() => forge.store.tokens.delete(token.id));
    return c.body(null, 204);
  });
}

/** The App whose JWT asks. @throws ApiError 401 */
export function requireApp(forge: Forge, identity: Identity): App {
  const app = identity.kind === 'app-jwt' ? forge.store.apps.get(identity.appId ?? 0) : undefined;
  if (app === undefined) throw new ApiError(401, words.undecodableToken());
  return app;
}

function botOf(forge: Forge, app: App): Identity {
  const account = forge.store.accounts.get(app.botId);
  return { kind: 'installation', appId: app.id, ...(account === undefined ? {} : { account }) };
}

function findInstallation(forge: Forge, app: App, id: number): Installation {
  const found = forge.store.installations.get(id);
  if (found?.appId !== app.id) throw new ApiError(404, 'Not Found');
  return found;
}

function narrowRepositories(
  forge: Forge,
  installation: Installation,
  names: readonly string[] | undefined,
  ids: readonly number[] | undefined,
): readonly number[] | 'all' {
  if (names === undefined && ids === undefined) return installation.repositoryIds;
  const owned = forge.store.repositories
    .by('owner', installation.accountId)
    .filter((one) => installation.repositoryIds === 'all' || installation.repositoryIds.includes(one.id));
  const byName = (names ?? []).map((name) =>
    owned.find((one) => one.name.toLowerCase() === name.toLowerCase() || fullNameOf(forge, one) === name),
  );
  const byId = (ids ?? []).map((id) => owned.find((one) => one.id === id));
  return [...byName, ...byId].map((one) => {
    if (one !== undefined) return one.id;
    throw new ApiError(422, words.repositoryNotGranted());
  });
}

function narrowPermissions(installation: Installation, asked: unknown): Installation['permissions'] {
  if (typeof asked !== 'object' || asked === null) return installation.permissions;
  const narrowed: Record<string, (typeof levels)[number]> = { metadata: 'read' };
  for (const [name, value] of Object.entries(asked)) {
    const held = installation.permissions[name];
    const level = levels.find((one) => one === value);
    if (level === undefined || held === undefined || levels.indexOf(level) > levels.indexOf(held)) {
      throw new ApiError(422, words.tokenNotGranted());
    }
    narrowed[name] = level;
  }
  return narrowed;
}
