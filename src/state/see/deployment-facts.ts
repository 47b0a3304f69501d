import type { GitHub } from '../../github/client.ts';
import { isDigest } from '../../model/digest.ts';
import { deployTask } from '../deployments.ts';
import { readPayload } from '../published.ts';

/** A deployment record of anybody's: ours name service and digest, a workflow's own only environment and commit. */
export interface DeploymentFact {
  readonly service?: string;
  readonly digest?: string;
  readonly environment: string;
  /** Commit of the infra repository. */
  readonly commit: string;
  readonly at: number;
  /** GitHub's word, in lower case: success, failure, in_progress, … */
  readonly state: string;
  readonly description: string;
  readonly url: string | undefined;
  readonly succeededAt?: number;
  readonly failedAt?: number;
}

interface Node {
  readonly task: string | null;
  readonly environment: string | null;
  readonly createdAt: string;
  readonly commitOid: string;
  readonly payload: string | null;
  readonly statuses: {
    readonly nodes: readonly {
      readonly state: string;
      readonly createdAt: string;
      readonly description: string | null;
      readonly logUrl: string | null;
    }[];
  } | null;
}

const nodeFields =
  'task environment createdAt commitOid payload statuses(first: 20) { nodes { state createdAt description logUrl } }';

/** Deployment records of environments, newest first, a hundred of each, in one query. */
export async function readDeploymentFacts(
  github: GitHub,
  repository: string,
  environments: readonly string[],
): Promise<readonly DeploymentFact[]> {
  if (environments.length === 0) return [];
  const [owner = '', name = ''] = repository.split('/');
  const document = `query Deployed($owner: String!, $name: String!${environments.map((_, i) => `, $e${i}: String!`).join('')}) { repository(owner: $owner, name: $name) {
${environments.map((_, i) => `d${i}: deployments(environments: [$e${i}], first: 100, orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ${nodeFields} } }`).join('\n')}
} }`;
  const { repository: found } = await github.query<{ repository: Record<string, { nodes: readonly Node[] }> | null }>(
    document,
    { owner, name, ...Object.fromEntries(environments.map((one, i) => [`e${i}`, one])) },
  );
  return environments.flatMap((_, i) => (found?.[`d${i}`]?.nodes ?? []).map(fact)).sort((a, b) => b.at - a.at);
}

function fact(node: Node): DeploymentFact {
  // Newest first, as GitHub orders them.
  const statuses = node.statuses?.nodes ?? [];
  const [latest] = statuses;
  const { digest } = readPayload(node.payload);
  const service = node.task?.startsWith(deployTask) === true ? node.task.slice(deployTask.length) : undefined;
  const first = (...states: readonly string[]): number | undefined => {
    const found = statuses.findLast((one) => states.includes(one.state));
    return found === undefined ? undefined : Date.parse(found.createdAt);
  };
  const [succeededAt, failedAt] = [first('SUCCESS'), first('FAILURE', 'ERROR')];
  return {
    ...(service === undefined ? {} : { service }),
    ...(typeof digest === 'string' && isDigest(digest) ? { digest } : {}),
    environment: node.environment ?? '',
    commit: node.commitOid,
    at: Date.parse(node.createdAt),
    state: (latest?.state ?? 'PENDING').toLowerCase(),
    description: latest?.description ?? '',
    url: latest?.logUrl ?? undefined,
    ...(succeededAt === undefined ? {} : { succeededAt }),
    ...(failedAt === undefined ? {} : { failedAt }),
  };
}
