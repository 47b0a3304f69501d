import { addDeploymentStatus } from '../actions/add-deployment-status.ts';
import { createDeployment } from '../actions/create-deployment.ts';
import { requirePermission } from '../permissions.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import type { Deployment, DeploymentStatus, Repository } from '../rows.ts';
import type { RefRow } from './git-objects.ts';
import { find, type Mutations, text } from './mutation-input.ts';
import { node } from './node.ts';

export const deploymentMutations: Mutations = {
  createDeployment: async (input, context) => {
    const { forge, identity } = context;
    const repository = await find<Repository>(context, input['repositoryId'], 'Repository');
    requirePermission(forge, identity, repository, 'deployments', 'write');
    const { name } = await find<RefRow>(context, input['refId'], 'Ref');
    const contexts = input['requiredContexts'];
    const made = await createDeployment(forge, identity, repository, {
      ref: name.replace(/^refs\/(heads|tags)\//, ''),
      task: text(input['task']) ?? 'deploy',
      autoMerge: input['autoMerge'] !== false,
      requiredContexts: Array.isArray(contexts) ? contexts.map(String) : undefined,
      payload: parsePayload(text(input['payload'])),
      environment: text(input['environment']) ?? 'production',
      description: text(input['description']) ?? null,
      transient: false,
      production: input['environment'] === 'production',
    });
    return 'deployment' in made
      ? { deployment: node('Deployment', made.deployment), autoMerged: false }
      : { deployment: null, autoMerged: true };
  },
  createDeploymentStatus: async (input, context) => {
    const { forge, identity } = context;
    const deployment = await find<Deployment>(context, input['deploymentId'], 'Deployment');
    const repository = repositoryOf(forge, deployment);
    requirePermission(forge, identity, repository, 'deployments', 'write');
    const status = addDeploymentStatus(forge, identity, repository, deployment, {
      state: String(input['state']).toLowerCase() as DeploymentStatus['state'],
      description: text(input['description']) ?? '',
      logUrl: text(input['logUrl']) ?? '',
      environmentUrl: text(input['environmentUrl']) ?? '',
      environment: text(input['environment']),
      autoInactive: input['autoInactive'] !== false,
    });
    return { deploymentStatus: node('DeploymentStatus', status) };
  },
};

function parsePayload(payload: string | undefined): unknown {
  if (payload === undefined) return {};
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
