import type { Context } from 'hono';
import { addDeploymentStatus } from '../actions/add-deployment-status.ts';
import { createDeployment } from '../actions/create-deployment.ts';
import {
  type Body,
  optionalChoice,
  optionalFlag,
  optionalText,
  optionalTexts,
  readBody,
  requiredText,
  validationFailed,
} from '../body.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type ForgeApp } from '../http.ts';
import { paginate } from '../pagination.ts';
import { presentDeployment, presentDeploymentStatus } from '../present/deployment.ts';
import type { Deployment, Repository } from '../rows.ts';
import { words } from '../words.ts';
import { atRepository, pathNumber } from './at-repository.ts';

const base = '/repos/:owner/:repo/deployments';
const states = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'] as const;

export function deploymentsRoutes(app: ForgeApp, forge: Forge): void {
  app.get(base, (c) => {
    const { repository } = atRepository(forge, c, 'deployments', 'read');
    const query = c.req.query();
    const found = forge.store.deployments
      .by('repository', repository.id)
      .filter((one) => matches(query['sha'], one.sha) && matches(query['ref'], one.ref))
      .filter((one) => matches(query['task'], one.task) && matches(query['environment'], one.environment))
      .toReversed();
    return c.json(paginate(c, found).map((one) => presentDeployment(forge, repository, one)));
  });
  app.post(base, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'deployments', 'write');
    const result = await createDeployment(forge, identity, repository, readDeployment(await readBody(c)));
    if ('merged' in result) return c.json({ message: result.merged }, 202);
    return c.json(presentDeployment(forge, repository, result.deployment), 201);
  });
  app.get(`${base}/:deployment`, (c) => {
    const { repository } = atRepository(forge, c, 'deployments', 'read');
    return c.json(presentDeployment(forge, repository, found(forge, c, repository)));
  });
  app.delete(`${base}/:deployment`, (c) => {
    const { repository } = atRepository(forge, c, 'deployments', 'write');
    deleteDeployment(forge, repository, found(forge, c, repository));
    return c.body(null, 204);
  });
  statusRoutes(app, forge);
}

function statusRoutes(app: ForgeApp, forge: Forge): void {
  const path = `${base}/:deployment/statuses`;
  app.get(path, (c) => {
    const { repository } = atRepository(forge, c, 'deployments', 'read');
    const deployment = found(forge, c, repository);
    const statuses = forge.store.deploymentStatuses.by('deployment', deployment.id).toReversed();
    return c.json(
      paginate(c, statuses).map((status) => presentDeploymentStatus(forge, repository, deployment, status)),
    );
  });
  app.post(path, async (c) => {
    const { repository, identity } = atRepository(forge, c, 'deployments', 'write');
    const deployment = found(forge, c, repository);
    const body = await readBody(c);
    const state = optionalChoice(body, 'state', states);
    if (state === undefined)
      throw validationFailed({ resource: 'DeploymentStatus', field: 'state', code: 'missing_field' });
    const description = optionalText(body, 'description') ?? '';
    if (description.length > 140)
      throw validationFailed({
        resource: 'DeploymentStatus',
        field: 'description',
        code: 'custom',
        message: words.descriptionTooLong(),
      });
    const status = addDeploymentStatus(forge, identity, repository, deployment, {
      state,
      description,
      logUrl: optionalText(body, 'log_url') ?? optionalText(body, 'target_url') ?? '',
      environmentUrl: optionalText(body, 'environment_url') ?? '',
      environment: optionalText(body, 'environment'),
      autoInactive: optionalFlag(body, 'auto_inactive') ?? true,
    });
    return c.json(presentDeploymentStatus(forge, repository, deployment, status), 201);
  });
  app.get(`${path}/:status`, (c) => {
    const { repository } = atRepository(forge, c, 'deployments', 'read');
    const deployment = found(forge, c, repository);
    const status = forge.store.deploymentStatuses.get(pathNumber(c, 'status'));
    if (status?.deploymentId !== deployment.id) throw new ApiError(404, 'Not Found');
    return c.json(presentDeploymentStatus(forge, repository, deployment, status));
  });
}

function found(forge: Forge, c: Context, repository: Repository): Deployment {
  const deployment = forge.store.deployments.get(pathNumber(c, 'deployment'));
  if (deployment?.repositoryId !== repository.id) throw new ApiError(404, 'Not Found');
  return deployment;
}

/** An active deployment can only go when it is the repository's only one. @throws ApiError 422 */
function deleteDeployment(forge: Forge, repository: Repository, deployment: Deployment): void {
  const { store } = forge;
  const statuses = store.deploymentStatuses.by('deployment', deployment.id);
  const active = statuses.at(-1)?.state === 'success';
  if (active && store.deployments.by('repository', repository.id).length > 1)
    throw new ApiError(422, words.activeDeployment());
  store.transaction(() => {
    for (const status of statuses) store.deploymentStatuses.delete(status.id);
    store.deployments.delete(deployment.id);
  });
}

function readDeployment(body: Body) {
  const environment = optionalText(body, 'environment') ?? 'production';
  return {
    ref: requiredText(body, 'ref', 'Deployment'),
    task: optionalText(body, 'task') ?? 'deploy',
    autoMerge: optionalFlag(body, 'auto_merge') ?? true,
    requiredContexts: optionalTexts(body, 'required_contexts'),
    payload: readPayload(body['payload']),
    environment,
    description: optionalText(body, 'description') ?? null,
    transient: optionalFlag(body, 'transient_environment') ?? false,
    production: optionalFlag(body, 'production_environment') ?? environment === 'production',
  };
}

/** An object or a text, kept as given. */
function readPayload(value: unknown): unknown {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string' || typeof value === 'object') return value;
  throw validationFailed({ resource: 'Deployment', field: 'payload', code: 'invalid' });
}

/** A query that is left out, or GitHub's own default `none`, lets everything pass. */
function matches(wanted: string | undefined, value: string): boolean {
  return wanted === undefined || wanted === 'none' || wanted === value;
}
