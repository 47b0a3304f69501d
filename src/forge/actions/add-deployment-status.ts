import { raiseEvent } from '../events.ts';
import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { requireAccount } from '../permissions.ts';
import type { Deployment, DeploymentStatus, Repository } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { retireEarlier } from './retire-deployments.ts';

export type NewDeploymentStatus = Pick<DeploymentStatus, 'state' | 'description' | 'logUrl' | 'environmentUrl'> & {
  /** Renames the deployment's environment. */
  readonly environment: string | undefined;
  /** Whether a success retires the earlier deployments of the environment. */
  readonly autoInactive: boolean;
};

export function addDeploymentStatus(
  forge: Forge,
  identity: Identity,
  repository: Repository,
  deployment: Deployment,
  asked: NewDeploymentStatus,
): DeploymentStatus {
  const { store } = forge;
  const account = requireAccount(identity);
  return store.transaction(() => {
    const now = timestamp(forge);
    const environment = asked.environment ?? deployment.environment;
    const status: DeploymentStatus = {
      id: store.next('deploymentStatuses'),
      repositoryId: repository.id,
      deploymentId: deployment.id,
      state: asked.state,
      description: asked.description,
      logUrl: asked.logUrl,
      environmentUrl: asked.environmentUrl,
      environment,
      creatorId: account.id,
      createdAt: now,
    };
    const changed = { ...deployment, environment, updatedAt: now };
    store.deploymentStatuses.put(status);
    store.deployments.put(changed);
    if (asked.state === 'success' && asked.autoInactive) retireEarlier(forge, changed, account.id);
    raiseEvent(forge, { name: 'deployment_status', repository, identity, deployment: changed, status });
    return status;
  });
}
