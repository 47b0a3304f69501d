import type { components } from '@octokit/openapi-types';
import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import type { Deployment, DeploymentStatus, Repository } from '../rows.ts';
import { presentAccountById } from './account.ts';
import { presentApp } from './app.ts';

export function presentDeployment(
  forge: Forge,
  repository: Repository,
  deployment: Deployment,
): components['schemas']['deployment'] {
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
  const url = `${api}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload as components['schemas']['deployment']['payload'],
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: presentAccountById(forge, deployment.creatorId),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${url}/statuses`,
    repository_url: api,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: presentVia(forge, deployment.appId),
  };
}

export function presentDeploymentStatus(
  forge: Forge,
  repository: Repository,
  deployment: Deployment,
  status: DeploymentStatus,
): components['schemas']['deployment-status'] {
  const api = `${forge.urls.api}/repos/${fullNameOf(forge, repository)}`;
  const url = `${api}/deployments/${deployment.id}`;
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    // GitHub's schema does not list `waiting`, which GitHub answers for gated jobs.
    state: status.state as components['schemas']['deployment-status']['state'],
    creator: presentAccountById(forge, status.creatorId),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: url,
    repository_url: api,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: presentVia(forge, deployment.appId),
  };
}

function presentVia(forge: Forge, appId: number | null) {
  const app = appId === null ? undefined : forge.store.apps.get(appId);
  return app === undefined ? null : presentApp(forge, app);
}
