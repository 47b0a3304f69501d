import type { Deployed } from '../delivery/state.ts';
import type { GitHub } from '../github/client.ts';
import { compareText } from '../model/compare-text.ts';
import { isDigest } from '../model/digest.ts';
import { readPayload } from './published.ts';

/** Deployments of a service carry this before its name as their task, so that a job's own deployments are not among them. */
export const deployTask = 'deploy:';

export const deploymentFields =
  'databaseId task environment createdAt commitOid payload statuses(first: 50) { nodes { state createdAt } }';

export interface DeploymentNode {
  readonly databaseId: number | null;
  readonly task: string | null;
  readonly environment: string | null;
  readonly createdAt: string;
  readonly commitOid: string;
  readonly payload: string | null;
  readonly statuses: { readonly nodes: readonly { readonly state: string; readonly createdAt: string }[] } | null;
}

/** A deployment record of ours; none for anybody else's. */
export function readDeployed(node: DeploymentNode): readonly Deployed[] {
  const { digest } = readPayload(node.payload);
  if (node.task?.startsWith(deployTask) !== true || typeof digest !== 'string' || !isDigest(digest)) return [];
  return [
    {
      ...(node.databaseId === null ? {} : { id: node.databaseId }),
      service: node.task.slice(deployTask.length),
      environment: node.environment ?? '',
      digest,
      commit: node.commitOid,
      // Inactive later, but healthy once.
      reports: (node.statuses?.nodes ?? [])
        .map(({ state, createdAt }) => ({ state, at: createdAt }))
        .sort((a, b) => compareText(b.at, a.at)),
      succeeded: node.statuses?.nodes.some((status) => status.state === 'SUCCESS') ?? false,
      at: node.createdAt,
    },
  ];
}

/** Deployment records of an environment, newest first, a hundred at most. */
export async function readDeployments(
  github: GitHub,
  repository: string,
  environments: readonly string[],
): Promise<readonly Deployed[]> {
  const [owner = '', name = ''] = repository.split('/');
  const document = `query Deployments($owner: String!, $name: String!, $environments: [String!]) { repository(owner: $owner, name: $name) { deployments(environments: $environments, first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ${deploymentFields} } } } }`;
  const answer = await github.query<{ repository: { deployments: { nodes: readonly DeploymentNode[] } } | null }>(
    document,
    { owner, name, environments },
  );
  return (answer.repository?.deployments.nodes ?? []).flatMap(readDeployed);
}
