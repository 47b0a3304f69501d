import type { Happening } from '../events/happening.ts';
import { raiseEvent } from '../events.ts';
import { actionsAppId, type Forge } from '../forge.ts';
import type { Deployment, DeploymentStatus, JobRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { actionsBotId } from '../tokens.ts';
import { runRow } from './find-run.ts';
import { actionsIdentity } from './raise-job-events.ts';
import { retireEarlier } from './retire-deployments.ts';

/** Opens the deployment of a job that names an environment: by github-actions[bot], for the run's ref. */
export function openJobDeployment(forge: Forge, job: JobRow, environment: string): Deployment {
  const { store } = forge;
  const run = runRow(forge, job.runId);
  const now = timestamp(forge);
  const deployment: Deployment = {
    id: store.next('deployments'),
    repositoryId: job.repositoryId,
    sha: run.headSha,
    ref: run.headBranch,
    task: 'deploy',
    environment,
    description: null,
    payload: {},
    creatorId: actionsBotId,
    appId: actionsAppId,
    transient: false,
    production: false,
    createdAt: now,
    updatedAt: now,
  };
  store.deployments.put(deployment);
  raise(forge, job, { name: 'deployment', deployment });
  return deployment;
}

/** Adds a status to a job's deployment unless it has it already; a success retires the environment's earlier ones. */
export function setJobDeployment(
  forge: Forge,
  job: JobRow,
  deploymentId: number,
  state: DeploymentStatus['state'],
  url = '',
): void {
  const { store } = forge;
  const deployment = store.deployments.get(deploymentId);
  const last = store.deploymentStatuses.by('deployment', deploymentId).at(-1);
  if (deployment === undefined || last?.state === state) return;
  const run = runRow(forge, job.runId);
  const now = timestamp(forge);
  const status: DeploymentStatus = {
    id: store.next('deploymentStatuses'),
    repositoryId: job.repositoryId,
    deploymentId,
    state,
    description: '',
    logUrl: `${forge.urls.html}/${run.repository.fullName}/actions/runs/${run.id}/job/${job.id}`,
    environmentUrl: url === '' ? (last?.environmentUrl ?? '') : url,
    environment: deployment.environment,
    creatorId: actionsBotId,
    createdAt: now,
  };
  store.deploymentStatuses.put(status);
  store.deployments.put({ ...deployment, updatedAt: now });
  raise(forge, job, { name: 'deployment_status', deployment, status });
  if (state === 'success') retireEarlier(forge, deployment, actionsBotId);
}

/** Webhooks hear of deployments that jobs make; workflows do not, as of all that a job's token does. */
function raise(
  forge: Forge,
  job: JobRow,
  what: Extract<Happening, { name: 'deployment' | 'deployment_status' }>,
): void {
  const repository = forge.store.repositories.get(job.repositoryId);
  if (repository !== undefined) raiseEvent(forge, { ...what, repository, identity: actionsIdentity(forge) });
}

/** Keeps a job's deployment in step with the job; `url` is where it can be seen. */
export function followJob(forge: Forge, job: JobRow, url?: string): void {
  const entry = forge.store.pendingDeployments.by('job', job.id).at(-1);
  if (entry?.deploymentId === undefined || entry.deploymentId === null) return;
  if (job.status === 'in_progress') setJobDeployment(forge, job, entry.deploymentId, 'in_progress');
  if (job.status !== 'completed') return;
  setJobDeployment(forge, job, entry.deploymentId, job.conclusion === 'success' ? 'success' : 'failure', url);
}
