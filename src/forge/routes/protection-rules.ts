import type { Context } from 'hono';
import { findEnvironment } from '../actions/environments.ts';
import { readBody, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { nodeId } from '../node-id.ts';
import { paginate } from '../pagination.ts';
import type { App, EnvironmentRow, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;

/** Environments that an App must let jobs into: custom deployment protection rules. */
export function protectionRulesRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/environments/:environment/deployment_protection_rules';
  const read = (c: RouteContext) => at(forge, c, 'read');
  const rules = (environment: EnvironmentRow) => environment.protectionRules ?? [];
  app.get(path, (c) => {
    const { environment } = read(c);
    const shown = rules(environment).map((rule) => presentRule(forge, rule));
    return c.json({ total_count: shown.length, custom_deployment_protection_rules: shown });
  });
  app.get(`${path}/apps`, (c) => {
    const { repository } = read(c);
    const apps = installedApps(forge, repository);
    const shown = paginate(c, apps).map((one) => presentRuleApp(forge, one));
    return c.json({ total_count: apps.length, available_custom_deployment_protection_rule_integrations: shown });
  });
  app.post(path, async (c) => {
    const { repository, environment } = at(forge, c, 'write');
    const appId = Number((await readBody(c))['integration_id']);
    if (!installedApps(forge, repository).some((one) => one.id === appId))
      throw validationFailed({ resource: 'Gate', field: 'integration_id', code: 'invalid' });
    const held = rules(environment).find((one) => one.appId === appId);
    if (held !== undefined)
      throw validationFailed({ resource: 'Gate', field: 'integration_id', code: 'already_exists' });
    const rule = { id: forge.store.next('protectionRules'), appId };
    save(forge, environment, [...rules(environment), rule]);
    return c.json(presentRule(forge, rule), 201);
  });
  const one = (c: RouteContext, environment: EnvironmentRow) => {
    const found = rules(environment).find(({ id }) => id === pathNumber(c, 'rule'));
    if (found === undefined) throw new ApiError(404, 'Not Found');
    return found;
  };
  app.get(`${path}/:rule`, (c) => c.json(presentRule(forge, one(c, read(c).environment))));
  app.delete(`${path}/:rule`, (c) => {
    const { environment } = at(forge, c, 'write');
    const gone = one(c, environment);
    save(
      forge,
      environment,
      rules(environment).filter(({ id }) => id !== gone.id),
    );
    return c.body(null, 204);
  });
}

function at(forge: Forge, c: RouteContext, level: 'read' | 'write') {
  const permission = level === 'read' ? ['actions'] : ['administration'];
  const { repository } = atRepository(forge, c, permission, level, level === 'read' ? 'read' : 'admin');
  const environment = findEnvironment(forge, repository.id, c.req.param('environment') ?? '');
  if (environment === undefined) throw new ApiError(404, 'Not Found');
  return { repository, environment };
}

function save(forge: Forge, environment: EnvironmentRow, protectionRules: EnvironmentRow['protectionRules']): void {
  const changed = { ...environment, ...(protectionRules === undefined ? {} : { protectionRules }) };
  forge.store.transaction(() => forge.store.environments.put(changed));
}

/** Apps that are installed on the repository and may write deployments. */
function installedApps(forge: Forge, repository: Repository): readonly App[] {
  return forge.store.installations
    .by('account', repository.ownerId)
    .filter((one) => one.repositoryIds === 'all' || one.repositoryIds.includes(repository.id))
    .filter((one) => one.permissions['deployments'] === 'write')
    .flatMap((one) => forge.store.apps.get(one.appId) ?? []);
}

function presentRule(forge: Forge, rule: { readonly id: number; readonly appId: number }) {
  const app = forge.store.apps.get(rule.appId);
  if (app === undefined) throw new ApiError(404, 'Not Found');
  return {
    id: rule.id,
    node_id: nodeId('Environment', `gate-${rule.id}`),
    enabled: true,
    app: presentRuleApp(forge, app),
  };
}

function presentRuleApp(forge: Forge, app: App) {
  return {
    id: app.id,
    slug: app.slug,
    integration_url: `${forge.urls.api}/apps/${app.slug}`,
    node_id: nodeId('App', app.id),
  };
}
