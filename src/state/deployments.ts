import type { Deployed, State } from '../delivery/state.ts';
import type { GitHub } from '../github/client.ts';
import { compareText } from '../model/compare-text.ts';
import { isDigest } from '../model/digest.ts';
import { readPayload } from './published.ts';

/** Deployments of a service carry this before its name as their task, so that a job's own deployments are not among them. */
export const deployTask = 'deploy:';

export const deploymentFields =
  'databaseId task environment createdAt commitOid payload statuses(first: 50) { nodes { state createdAt } }';

/** What asks for a hundred records of an environment, newest first; its arguments are variables or text in quotes. */
export function deploymentsField(environment: string, after?: string): string {
  const from = after === undefined ? '' : `, after: ${after}`;
  return `deployments(environments: [${environment}], first: 100${from}, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ${deploymentFields} } pageInfo { hasNextPage endCursor } }`;
}

export interface DeploymentPage {
  readonly nodes: readonly DeploymentNode[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

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
      // GitHub calls every deployment but the newest of an environment inactive, of whatever service, as soon as a job
      // deploys there (auto_inactive): that says nothing of how the release is.
      reports: (node.statuses?.nodes ?? [])
        .filter(({ state }) => state !== 'INACTIVE')
        .map(({ state, createdAt }) => ({ state, at: createdAt }))
        .sort((a, b) => compareText(b.at, a.at)),
      succeeded: node.statuses?.nodes.some((status) => status.state === 'SUCCESS') ?? false,
      at: node.createdAt,
    },
  ];
}

/** Records that were read, and where the older ones of an environment begin that were not. */
export type KnownDeployments = Pick<State, 'repository' | 'deployments' | 'older'>;

/** The first pages, by environment. */
export function readPages(
  repository: string,
  pages: readonly (readonly [string, DeploymentPage | null | undefined])[],
): KnownDeployments {
  return {
    repository,
    deployments: pages.flatMap(([, page]) => (page?.nodes ?? []).flatMap(readDeployed)),
    older: new Map(
      pages.flatMap(([name, page]) =>
        page?.pageInfo.hasNextPage === true && page.pageInfo.endCursor !== null
          ? [[name, page.pageInfo.endCursor] as const]
          : [],
      ),
    ),
  };
}

/** Deployment records of environments, newest first, a hundred of each, in one query. */
export async function readDeployments(
  github: GitHub,
  repository: string,
  environments: readonly string[],
): Promise<KnownDeployments> {
  if (environments.length === 0) return { repository, deployments: [] };
  const [owner = '', name = ''] = repository.split('/');
  const document = `query Deployments($owner: String!, $name: String!${environments.map((_, index) => `, $environment${index}: String!`).join('')}) { repository(owner: $owner, name: $name) {
${environments.map((_, index) => `d${index}: ${deploymentsField(`$environment${index}`)}`).join('\n')}
} }`;
  const answer = await github.query<{ repository: Readonly<Record<string, DeploymentPage>> | null }>(document, {
    owner,
    name,
    ...Object.fromEntries(environments.map((one, index) => [`environment${index}`, one])),
  });
  return readPages(
    repository,
    environments.map((one, index) => [one, answer.repository?.[`d${index}`]] as const),
  );
}
