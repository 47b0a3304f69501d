import type { Context } from 'hono';
import { readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { hasPermission } from '../permissions.ts';
import { presentRuleset, sourceName } from '../present/ruleset.ts';
import type { Account, Ruleset } from '../rows.ts';
import { applicableRulesets, rulesetsOf } from '../rules/applicable-rulesets.ts';
import { readRuleset } from '../rules/read-ruleset.ts';
import { timestamp } from '../timestamp.ts';
import { atRepository, pathNumber } from './at-repository.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;
type Source = Pick<Ruleset, 'sourceType' | 'sourceId'>;

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
    const found = rulesetsOf(forge, repository).filter((one) => parents || one.sourceType === 'Repository');
    return c.json(paginate(c, found).map((one) => presentRuleset(forge, one, { whole: false, bypass: false })));
  });

  app.get(`${base}/rulesets/:id`, (c) => {
    const { repository, identity } = atRepository(forge, c, 'metadata', 'read');
    const ruleset = rulesetsOf(forge, repository).find((one) => one.id === pathNumber(c, 'id'));
    if (ruleset === undefined) throw new ApiError(404, 'Not Found');
    const bypass = hasPermission(forge, identity, repository, 'administration', 'write');
    return c.json(presentRuleset(forge, ruleset, { whole: true, bypass, repository, identity }));
  });

  const ofRepository = (c: RouteContext): Source => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    return { sourceType: 'Repository', sourceId: repository.id };
  };
  const ofOrganization = (c: RouteContext): Source => ({
    sourceType: 'Organization',
    sourceId: administered(forge, c).id,
  });

  writing(app, forge, base, ofRepository);
  writing(app, forge, '/orgs/:org', ofOrganization);

  app.get('/orgs/:org/rulesets', (c) => {
    const found = forge.store.rulesets.by('organization', administered(forge, c).id);
    return c.json(paginate(c, found).map((one) => presentRuleset(forge, one, { whole: false, bypass: false })));
  });

  app.get('/orgs/:org/rulesets/:id', (c) => {
    const ruleset = owned(forge, ofOrganization(c), pathNumber(c, 'id'));
    return c.json(presentRuleset(forge, ruleset, { whole: true, bypass: true }));
  });
}

function writing(app: ForgeApp, forge: Forge, base: string, source: (c: RouteContext) => Source): void {
  const { rulesets } = forge.store;
  const present = (ruleset: Ruleset) => presentRuleset(forge, ruleset, { whole: true, bypass: true });

  app.post(`${base}/rulesets`, async (c) => {
    const from = source(c);
    const fields = readRuleset(await readBody(c));
    const now = timestamp(forge);
    const made = forge.store.transaction(() => {
      requireNewName(forge, from, fields.name);
      const row: Ruleset = { id: forge.store.next('rulesets'), ...from, ...fields, createdAt: now, updatedAt: now };
      rulesets.put(row);
      return row;
    });
    return c.json(present(made), 201);
  });

  app.put(`${base}/rulesets/:id`, async (c) => {
    const old = owned(forge, source(c), pathNumber(c, 'id'));
    const { bypassActors, ...kept } = old;
    const fields = readRuleset({ ...kept, bypass_actors: bypassActors, ...(await readBody(c)) });
    const row: Ruleset = { ...old, ...fields, updatedAt: timestamp(forge) };
    forge.store.transaction(() => rulesets.put(row));
    return c.json(present(row));
  });

  app.delete(`${base}/rulesets/:id`, (c) => {
    const old = owned(forge, source(c), pathNumber(c, 'id'));
    forge.store.transaction(() => rulesets.delete(old.id));
    return c.body(null, 204);
  });
}

function owned(forge: Forge, source: Source, id: number): Ruleset {
  const found = forge.store.rulesets.get(id);
  if (found === undefined || found.sourceType !== source.sourceType || found.sourceId !== source.sourceId) {
    throw new ApiError(404, 'Not Found');
  }
  return found;
}

function requireNewName(forge: Forge, source: Source, name: string): void {
  const index = source.sourceType === 'Repository' ? 'repository' : 'organization';
  if (forge.store.rulesets.by(index, source.sourceId).some((one) => one.name === name)) {
    throw new ApiError(422, 'Validation Failed', { errors: ['Name must be unique'] });
  }
}

/** The organisation of the path, where the asker owns it or its App may administer it. */
function administered(forge: Forge, c: RouteContext): Account {
  const identity = c.get('identity');
  const organization = forge.store.accounts.by('login', c.req.param('org') ?? '')[0];
  if (organization === undefined || organization.type !== 'Organization') throw new ApiError(404, 'Not Found');
  const { installation, account, token } = identity;
  const byApp =
    installation?.accountId === organization.id && token?.permissions?.['organization_administration'] === 'write';
  const isOwner = organization.members?.some((one) => one.accountId === account?.id && one.role === 'admin') === true;
  if (byApp || (identity.kind === 'user' && isOwner)) return organization;
  throw new ApiError(identity.kind === 'anonymous' ? 404 : 403, 'Resource not accessible by integration');
}
