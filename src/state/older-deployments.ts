import type { Deployed } from '../delivery/state.ts';
import type { GitHub } from '../github/client.ts';
import {
  type DeploymentNode,
  type DeploymentPage,
  deploymentFields,
  deploymentsField,
  deployTask,
  type KnownDeployments,
  readDeployed,
} from './deployments.ts';

/** A service's place of which deployment records are wanted. */
export interface WantedRecords {
  readonly service: string;
  readonly environment: string;
  /** Whether these, newest first, are all that matters; by default the latest is. */
  readonly enough?: (records: readonly Deployed[]) => boolean;
}

/** Where so many services or fewer are missing, each is asked for by itself; else the next page may have several. */
const few = 5;
const mostPages = 20;

/**
 * The same with older records where a page of a hundred, of all services, had too few of one: the release of a service that
 * is seldom deployed must not look as if it had never been. Asks only for what is missing.
 */
export async function reachBack<T extends KnownDeployments>(
  github: GitHub,
  known: T,
  wanted: readonly WantedRecords[],
): Promise<T> {
  let { deployments } = known;
  const cursors = new Map(known.older);
  const missing = (): readonly WantedRecords[] =>
    wanted.filter(
      (one) => cursors.has(one.environment) && !(one.enough ?? any)(deployments.filter((other) => isOf(other, one))),
    );
  for (let page = 0; page < mostPages; page++) {
    const left = missing();
    const environment = [...cursors.keys()].find((name) => left.filter((one) => one.environment === name).length > few);
    if (environment === undefined) break;
    const { nodes, pageInfo } = await readPage(github, known.repository, environment, cursors.get(environment) ?? '');
    deployments = [...deployments, ...nodes.flatMap(readDeployed)];
    if (pageInfo.hasNextPage && pageInfo.endCursor !== null) cursors.set(environment, pageInfo.endCursor);
    else cursors.delete(environment);
  }
  for (const one of missing()) {
    const own = await readOwn(github, known.repository, one);
    deployments = [...deployments.filter((other) => !isOf(other, one)), ...own];
  }
  return { ...known, deployments };
}

function any(records: readonly Deployed[]): boolean {
  return records.length > 0;
}

function isOf(record: Deployed, { service, environment }: WantedRecords): boolean {
  return record.service === service && record.environment === environment;
}

async function readPage(
  github: GitHub,
  repository: string,
  environment: string,
  after: string,
): Promise<DeploymentPage> {
  const [owner = '', name = ''] = repository.split('/');
  const answer = await github.query<{ repository: { deployments: DeploymentPage } | null }>(
    `query Older($owner: String!, $name: String!, $environment: String!, $after: String!) { repository(owner: $owner, name: $name) { ${deploymentsField('$environment', '$after')} } }`,
    { owner, name, environment, after },
  );
  return answer.repository?.deployments ?? { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } };
}

/** A service's newest hundred records of an environment: REST finds them by their task, GraphQL has their reports. */
async function readOwn(
  github: GitHub,
  repository: string,
  { service, environment }: WantedRecords,
): Promise<readonly Deployed[]> {
  const [owner = '', repo = ''] = repository.split('/');
  const { data } = await github.request('GET /repos/{owner}/{repo}/deployments', {
    owner,
    repo,
    environment,
    task: `${deployTask}${service}`,
    per_page: 100,
  });
  if (data.length === 0) return [];
  const { nodes } = await github.query<{ nodes: readonly (DeploymentNode | null)[] }>(
    `query Own($ids: [ID!]!) { nodes(ids: $ids) { ... on Deployment { ${deploymentFields} } } }`,
    { ids: data.map((one) => one.node_id) },
  );
  return nodes.flatMap((node) => (node === null ? [] : readDeployed(node)));
}
