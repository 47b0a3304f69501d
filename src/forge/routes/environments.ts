import type { Context } from 'hono';
import {
  deleteEnvironment,
  type EnvironmentSettings,
  findEnvironment,
  saveEnvironment,
} from '../actions/environments.ts';
import { type Body, optionalChoice, optionalFlag, readBody, requiredText, validationFailed } from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentBranchPolicy, presentEnvironment } from '../present/environment.ts';
import type { EnvironmentRow, Repository } from '../rows.ts';
import { atRepository, pathNumber } from './at-repository.ts';

const base = '/repos/:owner/:repo/environments';
/** Minutes: thirty days. */
const longestTimer = 43_200;
const mostReviewers = 6;

export function environmentsRoutes(app: ForgeApp, forge: Forge): void {
  app.get(base, (c) => {
    const { repository } = atRepository(forge, c, ['actions', 'environments'], 'read');
    const all = forge.store.environments.by('repository', repository.id);
    const environments = paginate(c, all).map((one) => presentEnvironment(forge, repository, one));
    return c.json({ total_count: all.length, environments });
  });
  app.get(`${base}/:environment`, (c) => {
    const { repository } = atRepository(forge, c, ['actions', 'environments'], 'read');
    return c.json(presentEnvironment(forge, repository, named(forge, c, repository)));
  });
  app.put(`${base}/:environment`, async (c) => {
    const { repository } = atRepository(forge, c, ['administration', 'environments'], 'write', 'admin');
    const settings = readSettings(await readBody(c));
    const saved = saveEnvironment(forge, repository.id, c.req.param('environment'), settings);
    return c.json(presentEnvironment(forge, repository, saved));
  });
  app.delete(`${base}/:environment`, (c) => {
    const { repository } = atRepository(forge, c, ['administration', 'environments'], 'write', 'admin');
    deleteEnvironment(forge, named(forge, c, repository));
    return c.body(null, 204);
  });
  branchPolicyRoutes(app, forge);
}

function branchPolicyRoutes(app: ForgeApp, forge: Forge): void {
  const path = `${base}/:environment/deployment-branch-policies`;
  const change = (environment: EnvironmentRow, branchPolicies: EnvironmentRow['branchPolicies']): void =>
    forge.store.transaction(() => forge.store.environments.put({ ...environment, branchPolicies }));
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, ['actions', 'environments'], 'read');
    const policies = named(forge, c, repository).branchPolicies;
    const branch_policies = paginate(c, policies).map(presentBranchPolicy);
    return c.json({ total_count: policies.length, branch_policies });
  });
  app.post(path, async (c) => {
    const { repository } = atRepository(forge, c, ['administration', 'environments'], 'write', 'admin');
    const environment = named(forge, c, repository);
    if (environment.branchPolicy !== 'custom') throw new ApiError(404, 'Not Found');
    const body = await readBody(c);
    const policy = {
      id: forge.store.next('branchPolicies'),
      name: requiredText(body, 'name', 'DeploymentBranchPolicy'),
      type: optionalChoice(body, 'type', ['branch', 'tag']) ?? ('branch' as const),
    };
    const same = environment.branchPolicies.find((one) => one.name === policy.name && one.type === policy.type);
    if (same === undefined) change(environment, [...environment.branchPolicies, policy]);
    return c.json(presentBranchPolicy(same ?? policy));
  });
  app.get(`${path}/:policy`, (c) => {
    const { repository } = atRepository(forge, c, ['actions', 'environments'], 'read');
    return c.json(presentBranchPolicy(policyOf(named(forge, c, repository), pathNumber(c, 'policy'))));
  });
  app.put(`${path}/:policy`, async (c) => {
    const { repository } = atRepository(forge, c, ['administration', 'environments'], 'write', 'admin');
    const environment = named(forge, c, repository);
    const known = policyOf(environment, pathNumber(c, 'policy'));
    const policy = { ...known, name: requiredText(await readBody(c), 'name', 'DeploymentBranchPolicy') };
    change(
      environment,
      environment.branchPolicies.map((one) => (one.id === known.id ? policy : one)),
    );
    return c.json(presentBranchPolicy(policy));
  });
  app.delete(`${path}/:policy`, (c) => {
    const { repository } = atRepository(forge, c, ['administration', 'environments'], 'write', 'admin');
    const environment = named(forge, c, repository);
    const known = policyOf(environment, pathNumber(c, 'policy'));
    change(
      environment,
      environment.branchPolicies.filter((one) => one.id !== known.id),
    );
    return c.body(null, 204);
  });
}

function named(forge: Forge, c: Context, repository: Repository): EnvironmentRow {
  const environment = findEnvironment(forge, repository.id, c.req.param('environment') ?? '');
  if (environment === undefined) throw new ApiError(404, 'Not Found');
  return environment;
}

function policyOf(environment: EnvironmentRow, id: number): EnvironmentRow['branchPolicies'][number] {
  const policy = environment.branchPolicies.find((one) => one.id === id);
  if (policy === undefined) throw new ApiError(404, 'Not Found');
  return policy;
}

function readSettings(body: Body): EnvironmentSettings {
  const waitTimer = body['wait_timer'] ?? 0;
  if (typeof waitTimer !== 'number' || !Number.isInteger(waitTimer) || waitTimer < 0 || waitTimer > longestTimer)
    throw validationFailed({ resource: 'Environment', field: 'wait_timer', code: 'invalid' });
  const branchPolicy = readBranchPolicy(body['deployment_branch_policy']);
  return {
    waitTimer,
    reviewers: readReviewers(body['reviewers']),
    preventSelfReview: optionalFlag(body, 'prevent_self_review') ?? false,
    ...flagOf(body, 'can_admins_bypass'),
    ...(branchPolicy === undefined ? {} : { branchPolicy }),
  };
}

/** Settable since 2023, though the description does not say so (google/go-github #2725). */
function flagOf(body: Body, name: 'can_admins_bypass'): Pick<EnvironmentSettings, 'canAdminsBypass'> {
  const canAdminsBypass = optionalFlag(body, name);
  return canAdminsBypass === undefined ? {} : { canAdminsBypass };
}

function readReviewers(value: unknown): EnvironmentRow['reviewers'] {
  if (value === undefined || value === null) return [];
  const invalid = validationFailed({ resource: 'Environment', field: 'reviewers', code: 'invalid' });
  if (!Array.isArray(value) || value.length > mostReviewers) throw invalid;
  return value.map((one: unknown) => {
    const { type, id } = typeof one === 'object' && one !== null ? { type: undefined, id: undefined, ...one } : {};
    if ((type !== 'User' && type !== 'Team') || typeof id !== 'number') throw invalid;
    return { type, id };
  });
}

/** Absent leaves it; null lets every ref in; the two flags must differ. */
function readBranchPolicy(value: unknown): EnvironmentRow['branchPolicy'] | undefined {
  if (value === undefined || value === null) return value;
  const flags = { protected_branches: undefined, custom_branch_policies: undefined, ...Object(value) } as Body;
  const guarded = optionalFlag(flags, 'protected_branches') ?? false;
  const custom = optionalFlag(flags, 'custom_branch_policies') ?? false;
  if (guarded === custom)
    throw new ApiError(422, 'Validation Failed', {
      errors: ['protected_branches and custom_branch_policies cannot have the same value'],
    });
  return guarded ? 'protected' : 'custom';
}
