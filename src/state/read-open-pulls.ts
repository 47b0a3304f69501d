import { branchPrefix } from '../delivery/change.ts';
import type { OpenPull } from '../delivery/state.ts';
import type { GitHub } from '../github/client.ts';
import { policyContext } from '../model/policy-context.ts';

interface PullNode {
  readonly id: string;
  readonly number: number;
  readonly url: string;
  readonly headRefName: string;
  readonly baseRefName: string;
  readonly headRefOid: string;
  readonly mergeable: OpenPull['mergeable'];
  readonly isCrossRepository: boolean;
  readonly headRef: { readonly id: string } | null;
  readonly autoMergeRequest: { readonly enabledAt: string | null } | null;
  readonly body: string;
  readonly commits: {
    readonly nodes: readonly {
      readonly commit: {
        readonly status: {
          readonly state: string;
          readonly contexts: readonly {
            readonly context: string;
            readonly state: string;
            readonly description: string | null;
          }[];
        } | null;
      };
    }[];
  };
}

/** A hundred open pull requests, newest first. */
export interface PullPage {
  readonly nodes: readonly PullNode[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const pullFields =
  'id number url headRefName baseRefName headRefOid headRef { id } mergeable isCrossRepository autoMergeRequest { enabledAt } body commits(last: 1) { nodes { commit { status { state contexts { context state description } } } } }';

export function readPull({
  headRefName,
  headRef,
  autoMergeRequest,
  isCrossRepository,
  commits,
  ...pull
}: PullNode): OpenPull[] {
  if (!headRefName.startsWith(branchPrefix) || isCrossRepository) return [];
  return [
    {
      id: pull.id,
      number: pull.number,
      url: pull.url,
      mergeable: pull.mergeable,
      body: pull.body,
      ...(headRef === null ? {} : { refId: headRef.id }),
      branch: headRefName,
      headOid: pull.headRefOid,
      armed: autoMergeRequest !== null,
      ...policyOf({ commits }),
    },
  ];
}

export function policyOf({ commits }: Pick<PullNode, 'commits'>): Pick<OpenPull, 'policy'> {
  const own = commits.nodes[0]?.commit.status?.contexts.find((one) => one.context === policyContext);
  return own === undefined ? {} : { policy: { state: own.state.toLowerCase(), description: own.description ?? '' } };
}

const page = (after: string): string =>
  `pullRequests(states: OPEN, first: 100, ${after}orderBy: { field: CREATED_AT, direction: DESC }) { nodes { ${pullFields} } pageInfo { hasNextPage endCursor } }`;

/** What asks for the first page, in a query of the repository. */
export const pullPage = page('');

/** What follows the first page: all that are open have to be known, or one would be opened twice. */
export async function readOtherPages(
  github: GitHub,
  repository: string,
  first: PullPage,
): Promise<readonly PullNode[]> {
  const [owner = '', name = ''] = repository.split('/');
  const nodes = [...first.nodes];
  let { hasNextPage, endCursor } = first.pageInfo;
  while (hasNextPage && endCursor !== null) {
    const answer = await github.query<{ repository: { pullRequests: PullPage } | null }>(
      `query Pulls($owner: String!, $name: String!, $after: String!) { repository(owner: $owner, name: $name) { ${page('after: $after, ')} } }`,
      { owner, name, after: endCursor },
    );
    const next = answer.repository?.pullRequests;
    nodes.push(...(next?.nodes ?? []));
    hasNextPage = next?.pageInfo.hasNextPage === true;
    endCursor = next?.pageInfo.endCursor ?? null;
  }
  return nodes;
}
