import type { Context } from 'hono';
import { type Body, optionalChoice, optionalFlag, optionalNumbers, optionalTexts, readBody } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp, type Identity } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentRepository } from '../present/repository.ts';
import type { Account, ActionsSettings, Repository } from '../rows.ts';
import { words } from '../words.ts';
import { atOrganization } from './at-organization.ts';
import { atRepository, pathNumber } from './at-repository.ts';

type RouteContext = Context<{ Variables: { identity: Identity } }>;

/** One that has settings for Actions: a repository, or the organisation of many. */
interface Place {
  readonly settings: ActionsSettings;
  /** Where the API shows it. */
  readonly url: string;
  readonly save: (change: ActionsSettings) => void;
}

const levels = ['none', 'user', 'organization'] as const;
const enabling = ['all', 'none', 'selected'] as const;
const policies = [
  'first_time_contributors_new_to_github',
  'first_time_contributors',
  'all_external_contributors',
] as const;
/** Days that GitHub keeps artifacts and logs of private repositories at most, and unless told otherwise. */
const [mostDays, usualDays] = [400, 90];

/** Whether and which workflows run: settings of repositories, over them those of their organisation. */
export function actionsPermissionsRoutes(app: ForgeApp, forge: Forge): void {
  const ofRepository = (c: RouteContext): Place => {
    const level = c.req.method === 'GET' ? 'read' : 'write';
    const { repository } = atRepository(forge, c, 'administration', level);
    return {
      settings: repository.actions ?? {},
      url: `${forge.urls.api}/repos/${c.req.param('owner') ?? ''}/${repository.name}`,
      save: (change) => saveRepository(forge, repository.id, { actions: { ...repository.actions, ...change } }),
    };
  };
  const ofOrganization = (c: RouteContext): Place => {
    const organization = atOrganization(forge, c);
    return {
      settings: organization.actions ?? {},
      url: `${forge.urls.api}/orgs/${organization.login}`,
      save: (change) => saveOrganization(forge, organization, change),
    };
  };
  repositoryRoutes(app, forge);
  organizationRoutes(app, forge, ofOrganization);
  sharedRoutes(app, '/repos/:owner/:repo/actions/permissions', ofRepository);
  sharedRoutes(app, '/orgs/:org/actions/permissions', ofOrganization);
}

function repositoryRoutes(app: ForgeApp, forge: Forge): void {
  const path = '/repos/:owner/:repo/actions/permissions';
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'read');
    const enabled = repository.actionsEnabled !== false;
    const url = `${forge.urls.api}/repos/${c.req.param('owner')}/${repository.name}`;
    return c.json(enabled ? { enabled, ...presentPolicy(repository.actions ?? {}, url) } : { enabled });
  });
  app.put(path, async (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const body = await readBody(c);
    const { enabled } = body;
    if (typeof enabled !== 'boolean') throw new ApiError(422, 'Invalid request.\n\n"enabled" wasn\'t supplied.');
    const organization = forge.store.accounts.get(repository.ownerId)?.actions;
    const policy = readPolicy(body);
    const wider = policy.allowedActions === 'all' && (organization?.allowedActions ?? 'all') !== 'all';
    if (wider) throw new ApiError(409, words.organizationForbids());
    const actions = { ...repository.actions, ...policy };
    saveRepository(forge, repository.id, { actionsEnabled: enabled, actions });
    return c.body(null, 204);
  });
  app.get(`${path}/workflow`, (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'read');
    return c.json({
      default_workflow_permissions: repository.defaultWorkflowPermissions,
      can_approve_pull_request_reviews: repository.canApprovePullRequestReviews,
    });
  });
  app.put(`${path}/workflow`, async (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const { access, approve } = readWorkflowDefaults(await readBody(c));
    const organization = forge.store.accounts.get(repository.ownerId)?.actions;
    if (access === 'write' && organization?.defaultWorkflowPermissions === 'read')
      throw new ApiError(409, words.organizationForbids());
    if (approve === true && organization?.canApprovePullRequestReviews === false)
      throw new ApiError(409, words.organizationForbids());
    saveRepository(forge, repository.id, {
      ...(access === undefined ? {} : { defaultWorkflowPermissions: access }),
      ...(approve === undefined ? {} : { canApprovePullRequestReviews: approve }),
    });
    return c.body(null, 204);
  });
  app.put(`${path}/fork-pr-workflows-private-repos`, async (c, next) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const { run_workflows_from_fork_pull_requests: run } = await readBody(c);
    const above = forge.store.accounts.get(repository.ownerId)?.actions?.forks;
    if (run === true && above?.run === false) throw new ApiError(409, words.organizationForbids());
    return next();
  });
  app.get(`${path}/access`, (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'read');
    return c.json({ access_level: repository.actions?.accessLevel ?? 'none' });
  });
  app.put(`${path}/access`, async (c) => {
    const { repository } = atRepository(forge, c, 'administration', 'write');
    const accessLevel = required(optionalChoice(await readBody(c), 'access_level', levels));
    saveRepository(forge, repository.id, { actions: { ...repository.actions, accessLevel } });
    return c.body(null, 204);
  });
}

function organizationRoutes(app: ForgeApp, forge: Forge, place: (c: RouteContext) => Place): void {
  const path = '/orgs/:org/actions/permissions';
  app.get(path, (c) => {
    const { settings, url } = place(c);
    const enabled = settings.enabledRepositories ?? 'all';
    return c.json({
      enabled_repositories: enabled,
      ...(enabled === 'selected' ? { selected_repositories_url: `${url}/actions/permissions/repositories` } : {}),
      ...presentPolicy(settings, url),
    });
  });
  app.put(path, async (c) => {
    const { save } = place(c);
    const body = await readBody(c);
    const enabledRepositories = required(optionalChoice(body, 'enabled_repositories', enabling));
    save({ enabledRepositories, ...readPolicy(body) });
    return c.body(null, 204);
  });
  app.get(`${path}/workflow`, (c) => {
    const { settings } = place(c);
    return c.json({
      default_workflow_permissions: settings.defaultWorkflowPermissions ?? 'read',
      can_approve_pull_request_reviews: settings.canApprovePullRequestReviews ?? false,
    });
  });
  app.put(`${path}/workflow`, async (c) => {
    const { save } = place(c);
    const { access, approve } = readWorkflowDefaults(await readBody(c));
    save({
      ...(access === undefined ? {} : { defaultWorkflowPermissions: access }),
      ...(approve === undefined ? {} : { canApprovePullRequestReviews: approve }),
    });
    return c.body(null, 204);
  });
  app.get(`${path}/repositories`, (c) => {
    const ids = place(c).settings.selectedRepositoryIds ?? [];
    const found = ids.flatMap((id) => forge.store.repositories.get(id) ?? []);
    const repositories = paginate(c, found).map((one) => presentRepository(forge, one));
    return c.json({ total_count: found.length, repositories });
  });
  app.put(`${path}/repositories`, async (c) => {
    const { save } = place(c);
    save({ selectedRepositoryIds: required(optionalNumbers(await readBody(c), 'selected_repository_ids')) });
    return c.body(null, 204);
  });
  for (const method of ['PUT', 'DELETE'] as const) {
    app.on(method, `${path}/repositories/:repository`, (c) => {
      const { settings, save } = place(c);
      const id = pathNumber(c, 'repository');
      const others = (settings.selectedRepositoryIds ?? []).filter((one) => one !== id);
      save({ selectedRepositoryIds: method === 'PUT' ? [...others, id] : others });
      return c.body(null, 204);
    });
  }
}

/** What repositories and organisations have alike. */
function sharedRoutes(app: ForgeApp, path: string, place: (c: RouteContext) => Place): void {
  app.get(`${path}/selected-actions`, (c) => {
    const { settings } = place(c);
    if (settings.allowedActions !== 'selected') throw new ApiError(409, 'Conflict');
    const { githubOwned = false, verified = false, patterns = [] } = settings.selectedActions ?? {};
    return c.json({ github_owned_allowed: githubOwned, verified_allowed: verified, patterns_allowed: patterns });
  });
  app.put(`${path}/selected-actions`, async (c) => {
    const { settings, save } = place(c);
    if (settings.allowedActions !== 'selected') throw new ApiError(409, 'Conflict');
    const body = await readBody(c);
    const selectedActions = {
      githubOwned: optionalFlag(body, 'github_owned_allowed') ?? settings.selectedActions?.githubOwned ?? false,
      verified: optionalFlag(body, 'verified_allowed') ?? settings.selectedActions?.verified ?? false,
      patterns: optionalTexts(body, 'patterns_allowed') ?? settings.selectedActions?.patterns ?? [],
    };
    save({ selectedActions });
    return c.body(null, 204);
  });
  app.get(`${path}/fork-pr-contributor-approval`, (c) =>
    c.json({ approval_policy: place(c).settings.forkApproval ?? 'first_time_contributors' }),
  );
  app.put(`${path}/fork-pr-contributor-approval`, async (c) => {
    const { save } = place(c);
    save({ forkApproval: required(optionalChoice(await readBody(c), 'approval_policy', policies)) });
    return c.body(null, 204);
  });
  app.get(`${path}/fork-pr-workflows-private-repos`, (c) => {
    const { run = true, writeTokens = false, secrets = false, approval = false } = place(c).settings.forks ?? {};
    return c.json({
      run_workflows_from_fork_pull_requests: run,
      send_write_tokens_to_workflows: writeTokens,
      send_secrets_and_variables: secrets,
      require_approval_for_fork_pr_workflows: approval,
    });
  });
  app.put(`${path}/fork-pr-workflows-private-repos`, async (c) => {
    const { settings, save } = place(c);
    const body = await readBody(c);
    save({
      forks: {
        run: required(optionalFlag(body, 'run_workflows_from_fork_pull_requests')),
        writeTokens: optionalFlag(body, 'send_write_tokens_to_workflows') ?? settings.forks?.writeTokens ?? false,
        secrets: optionalFlag(body, 'send_secrets_and_variables') ?? settings.forks?.secrets ?? false,
        approval: optionalFlag(body, 'require_approval_for_fork_pr_workflows') ?? settings.forks?.approval ?? false,
      },
    });
    return c.body(null, 204);
  });
  app.get(`${path}/artifact-and-log-retention`, (c) =>
    c.json({ days: place(c).settings.retentionDays ?? usualDays, maximum_allowed_days: mostDays }),
  );
  app.put(`${path}/artifact-and-log-retention`, async (c) => {
    const { save } = place(c);
    const { days } = await readBody(c);
    if (typeof days !== 'number' || !Number.isInteger(days) || days < 1 || days > mostDays)
      throw new ApiError(422, words.invalidRequest(words.daysRange(mostDays)));
    save({ retentionDays: days });
    return c.body(null, 204);
  });
}

function presentPolicy(settings: ActionsSettings, url: string) {
  const allowed = settings.allowedActions ?? 'all';
  return {
    allowed_actions: allowed,
    ...(allowed === 'selected' ? { selected_actions_url: `${url}/actions/permissions/selected-actions` } : {}),
    sha_pinning_required: settings.shaPinning ?? false,
  };
}

function readPolicy(body: Body): ActionsSettings {
  const allowedActions = optionalChoice(body, 'allowed_actions', ['all', 'local_only', 'selected']);
  const shaPinning = optionalFlag(body, 'sha_pinning_required');
  return {
    ...(allowedActions === undefined ? {} : { allowedActions }),
    ...(shaPinning === undefined ? {} : { shaPinning }),
  };
}

function readWorkflowDefaults(body: Body) {
  return {
    access: optionalChoice(body, 'default_workflow_permissions', ['read', 'write']),
    approve: optionalFlag(body, 'can_approve_pull_request_reviews'),
  };
}

function saveRepository(forge: Forge, id: number, change: Partial<Repository>): void {
  const { repositories } = forge.store;
  const held = repositories.get(id);
  if (held !== undefined) forge.store.transaction(() => repositories.put({ ...held, ...change }));
}

function saveOrganization(forge: Forge, organization: Account, change: ActionsSettings): void {
  const actions = { ...organization.actions, ...change };
  forge.store.transaction(() => forge.store.accounts.put({ ...organization, actions }));
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new ApiError(422, 'Invalid request.\n\nA required field wasn’t supplied.');
  return value;
}
