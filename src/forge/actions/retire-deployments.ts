import type { Forge } from '../forge.ts';
import type { Deployment } from '../rows.ts';
import { timestamp } from '../timestamp.ts';

/**
 * Adds `inactive` to the earlier successful deployments of the same environment that are neither transient nor
 * production (docs.github.com, "Create a deployment status", auto_inactive).
 */
export function retireEarlier(forge: Forge, current: Deployment, creatorId: number): void {
  const { store } = forge;
  for (const earlier of store.deployments.by('repository', current.repositoryId)) {
    if (earlier.id >= current.id || earlier.environment !== current.environment) continue;
    if (earlier.transient || earlier.production) continue;
    const last = store.deploymentStatuses.by('deployment', earlier.id).at(-1);
    if (last?.state !== 'success') continue;
    const now = timestamp(forge);
    store.deploymentStatuses.put({
      ...last,
      id: store.next('deploymentStatuses'),
      state: 'inactive',
      description: '',
      creatorId,
      createdAt: now,
    });
    store.deployments.put({ ...earlier, updatedAt: now });
  }
}
