import type { Context } from 'hono';
import { readBody } from '../body.ts';
import { raiseOrganizationEvent } from '../events/organization-event.ts';
import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { hasPermission, requireAccount, requireOrganization } from '../permissions.ts';
import { presentRuleset, sourceName } from '../present/ruleset.ts';
import type { Repository, Ruleset } from '../rows.ts';
import { applicableRulesets, rulesetsOf } from '../rules/applicable-rulesets.ts';
import { checkBypassActors } from '../rules/check-bypass-actors.ts';
import { readRuleset } from '../rules/read-ruleset.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { atRepository, pathNumber } from './at-repository.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;
type Source = Pick<Ruleset, 'sourceType' | 'sourceId'> & { readonly repository?: Repository };

/** Rulesets of repositories and organisations, and the rules that a branch is under. */
export function rulesetsRoutes(app: ForgeApp, forge: Forge): void {
  const base = '/repos/:owner/:repo';

  app.get(`${base}/rules/branches/:branch{.+}`, (c) => {
    const { repository } = atRepository(forge, c, 'metadata', 'read');
    const found = applicableRulesets(forge, repository, `refs/heads/${c.req.param('branch')}`);
    const rules = found
      .filter((ruleset) => ruleset.target === 'branch')
      .flatMap((ruleset) =>
        ruleset.rules.map((rule) => ({
          ...rule,
          ruleset_source_type: ruleset.sourceType,
          ruleset_source: sourceName(forge, ruleset),
          ruleset_id: ruleset.id,
        })),
      );
    return c.json(paginate(c, rules));
  });

  app.get(`${base}/rulesets`, (c) => {
    const { repository } = atRepository(forge, c, 'metadata', 'read');
    const parents = c.req.query('includes_parents') !== 'false';
    const targets = c.req.query('targets')?.split(',');
    const found = rulesetsOf(forge, repository)
      .filter((one) => parents || one.sourceType === 'Repository')
      .filter((one) => targets === undefined || targets.includes(one.target));
    return c.json(paginate(c, found).map((one) => presentRuleset(forge, one, { whole: false, bypass: false })));
  });

  app.get(`${base}/rulesets/:id{[0-9]+}`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const ruleset = rulesetsOf(forge, repository).find((one) => one.id === pathNumber(c, 'id'));
    if (ruleset === undefined) throw new ApiError(404, 'Not Found');
    const bypass = hasPermission(forge, identity, repository, 'administration', 'write');
    return c.json(presentRuleset(forge, ruleset, { whole: true, bypass, repository, identity }));
  });

  writing(app, forge, base, (c) => rulesetSource(forge, c));
  writing(app, forge, '/orgs/:org', (c) => rulesetSource(forge, c));

  app.get('/orgs/:org/rulesets', (c) => {
    const found = forge.store.rulesets.by('organization', rulesetSource(forge, c).sourceId);
    return c.json(paginate(c, found).map((one) => presentRuleset(forge, one, { whole: false, bypass: false })));
  });

  app.get('/orgs/:org/rulesets/:id{[0-9]+}', (c) => {
    const ruleset = ownedRuleset(forge, rulesetSource(forge, c), pathNumber(c, 'id'));
    return c.json(presentRuleset(forge, ruleset, { whole: true, bypass: true }));
  });
}

/** Whose rulesets the path speaks of, where the asker may change them. @throws ApiError 401, 403, 404 */
export function rulesetSource(forge: Forge, c: RouteContext): Source {
  if (c.req.param('org') === undefined) {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    return { sourceType: 'Repository', sourceId: repository.id, repository };
  }
  const organization = requireOrganization(forge, c.get('identity'), c.req.param('org') ?? '', {
    permission: 'organization_administration',
    level: 'write',
  });
  return { sourceType: 'Organization', sourceId: organization.id };
}

/** @throws ApiError 404 */
export function ownedRuleset(forge: Forge, source: Source, id: number): Ruleset {
  const found = forge.store.rulesets.get(id);
  if (found === undefined || found.sourceType !== source.sourceType || found.sourceId !== source.sourceId) {
    throw new ApiError(404, 'Not Found');
  }
  return found;
}

function writing(app: ForgeApp, forge: Forge, base: string, source: (c: RouteContext) => Source): void {
  const { rulesets } = forge.store;
  const present = (c: RouteContext, ruleset: Ruleset, { repository }: Source) => {
    const asked = repository === undefined ? {} : { repository, identity: c.get('identity') };
    return presentRuleset(forge, ruleset, { whole: true, bypass: true, ...asked });
  };

  app.post(`${base}/rulesets`, async (c) => {
    const from = source(c);
    const { sourceType, sourceId } = from;
    const fields = readRuleset(await readBody(c));
    checkBypassActors(forge, from, fields.bypassActors);
    const now = timestamp(forge);
    const made = forge.store.transaction(() => {
      requireNewName(forge, from, fields.name, undefined);
      const own = { sourceType, sourceId, ...fields, createdAt: now, updatedAt: now };
      const row: Ruleset = { id: forge.store.next('rulesets'), ...own };
      rulesets.put(row);
      keepVersion(forge, c.get('identity'), row);
      raise(forge, c, from, 'created', row);
      return row;
    });
    return c.json(present(c, made, from), 201);
  });

  app.put(`${base}/rulesets/:id{[0-9]+}`, async (c) => {
    const from = source(c);
    const old = ownedRuleset(forge, from, pathNumber(c, 'id'));
    const { bypassActors, ...kept } = old;
    const fields = readRuleset({ ...kept, bypass_actors: bypassActors, ...(await readBody(c)) });
    checkBypassActors(forge, from, fields.bypassActors);
    const row: Ruleset = { ...old, ...fields, updatedAt: timestamp(forge) };
    forge.store.transaction(() => {
      requireNewName(forge, from, fields.name, old.id);
      rulesets.put(row);
      keepVersion(forge, c.get('identity'), row);
      raise(forge, c, from, 'edited', row, old);
    });
    return c.json(present(c, row, from));
  });

  app.delete(`${base}/rulesets/:id{[0-9]+}`, (c) => {
    const from = source(c);
    const old = ownedRuleset(forge, from, pathNumber(c, 'id'));
    forge.store.transaction(() => {
      raise(forge, c, from, 'deleted', old);
      for (const version of forge.store.rulesetVersions.by('ruleset', old.id))
        forge.store.rulesetVersions.delete(version.id);
      rulesets.delete(old.id);
    });
    return c.body(null, 204);
  });
}

/** Webhooks of the repository, or of the organisation whose ruleset it is. Inside a transaction. */
function raise(
  forge: Forge,
  c: RouteContext,
  source: Source,
  action: 'created' | 'edited' | 'deleted',
  ruleset: Ruleset,
  before?: Ruleset,
): void {
  const identity = c.get('identity');
  const { repository } = source;
  const event = { name: 'repository_ruleset', action, ruleset, ...(before === undefined ? {} : { before }) } as const;
  if (repository !== undefined) raiseEvent(forge, { ...event, repository, identity });
  else
    raiseOrganizationEvent(forge, identity, source.sourceId, event.name, () => ({
      action,
      repository_ruleset: presentRuleset(forge, ruleset, { whole: true, bypass: true }),
      ...(action === 'edited' ? { changes: {} } : {}),
    }));
}

function keepVersion(forge: Forge, identity: Identity, ruleset: Ruleset): void {
  const { name, target, enforcement, conditions, rules, bypassActors } = ruleset;
  forge.store.rulesetVersions.put({
    id: forge.store.next('rulesetVersions'),
    rulesetId: ruleset.id,
    actorId: requireAccount(identity).id,
    at: ruleset.updatedAt,
    state: { name, target, enforcement, conditions, rules, bypassActors },
  });
}

function requireNewName(forge: Forge, source: Source, name: string, own: number | undefined): void {
  const index = source.sourceType === 'Repository' ? 'repository' : 'organization';
  if (forge.store.rulesets.by(index, source.sourceId).some((one) => one.name === name && one.id !== own)) {
    throw new ApiError(422, 'Validation Failed', { errors: [words.uniqueName()] });
  }
}
