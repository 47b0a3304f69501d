import type { GitHub } from '../../github/client.ts';
import { type ActorNode, actorFields, loginOf } from './commit-pulls.ts';
import { readPartly } from './partly.ts';

/** An open pull request as GitHub shows it, before anything is judged. */
export interface OpenPullFacts {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly author: string;
  readonly createdAt: number;
  readonly draft: boolean;
  readonly branch: string;
  readonly headOid: string;
  /** Where it left its base branch, as far as its first commit tells. */
  readonly forkOid: string | undefined;
  readonly paths: readonly string[];
  readonly armed: boolean;
  /** GitHub's word: CLEAN, BLOCKED, BEHIND, DIRTY, UNSTABLE, DRAFT, UNKNOWN, HAS_HOOKS. */
  readonly mergeState: string;
  /** What the rules' approvals come to; undefined where none is asked for. */
  readonly review: string | undefined;
  readonly asked: readonly string[];
  readonly checks: readonly OpenCheck[];
}

export interface OpenCheck {
  readonly name: string;
  readonly state: 'ok' | 'failed' | 'pending';
  readonly text: string;
}

interface Answer {
  readonly repository: {
    readonly pullRequests: {
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
      readonly nodes: readonly PullNode[];
    };
  } | null;
}

interface PullNode {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly author: ActorNode | null;
  readonly createdAt: string;
  readonly isDraft: boolean;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly mergeStateStatus: string;
  readonly reviewDecision: string | null;
  readonly autoMergeRequest: { readonly enabledAt: string | null } | null;
  readonly files: { readonly nodes: readonly { readonly path: string }[] } | null;
  readonly first: {
    readonly nodes: readonly {
      readonly commit: { readonly parents: { readonly nodes: readonly { readonly oid: string }[] } };
    }[];
  };
  readonly last: {
    readonly nodes: readonly {
      readonly commit: {
        readonly statusCheckRollup: { readonly contexts: { readonly nodes: readonly CheckNode[] } } | null;
      };
    }[];
  };
  readonly reviewRequests: {
    readonly nodes: readonly {
      readonly requestedReviewer: { readonly login?: string; readonly slug?: string } | null;
    }[];
  } | null;
}

export type CheckNode =
  | {
      readonly __typename: 'CheckRun';
      readonly name: string;
      readonly status: string;
      readonly conclusion: string | null;
      readonly startedAt: string | null;
      readonly completedAt: string | null;
      readonly detailsUrl: string | null;
    }
  | {
      readonly __typename: 'StatusContext';
      readonly context: string;
      readonly state: string;
      readonly description: string | null;
      readonly createdAt: string;
      readonly targetUrl: string | null;
    };

export const checkFields = `__typename ... on CheckRun { name status conclusion startedAt completedAt detailsUrl } ... on StatusContext { context state description createdAt targetUrl }`;

/** Open pull requests into a branch, two hundred at most, newest first; `unread`: what these credentials may not see of them. */
export async function readOpenPulls(
  github: GitHub,
  repository: string,
  base: string,
): Promise<{ readonly pulls: readonly OpenPullFacts[]; readonly more: boolean; readonly unread: readonly string[] }> {
  const [owner = '', name = ''] = repository.split('/');
  const document = `query OpenPulls($owner: String!, $name: String!, $base: String!, $after: String) { repository(owner: $owner, name: $name) {
pullRequests(states: OPEN, baseRefName: $base, first: 50, after: $after, orderBy: { field: CREATED_AT, direction: DESC }) { pageInfo { hasNextPage endCursor } nodes {
number url title isDraft createdAt author ${actorFields} headRefName headRefOid mergeStateStatus reviewDecision autoMergeRequest { enabledAt }
files(first: 100) { nodes { path } }
first: commits(first: 1) { nodes { commit { parents(first: 1) { nodes { oid } } } } }
last: commits(last: 1) { nodes { commit { statusCheckRollup { contexts(first: 100) { nodes { ${checkFields} } } } } } }
reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { slug } } } }
} } } }`;
  const pulls: OpenPullFacts[] = [];
  const unread = new Set<string>();
  let after: string | null = null;
  for (let round = 0; round < 4; round++) {
    const answer: { data: Answer; unread: readonly string[] } = await readPartly<Answer>(github, document, {
      owner,
      name,
      base,
      after,
    });
    for (const one of answer.unread) unread.add(one);
    const found = answer.data.repository?.pullRequests;
    pulls.push(...(found?.nodes ?? []).map(openPull));
    if (found?.pageInfo.hasNextPage !== true) return { pulls, more: false, unread: [...unread] };
    after = found.pageInfo.endCursor;
  }
  return { pulls, more: true, unread: [...unread] };
}

function openPull(node: PullNode): OpenPullFacts {
  return {
    number: node.number,
    url: node.url,
    title: node.title,
    author: loginOf(node.author) ?? 'ghost',
    createdAt: Date.parse(node.createdAt),
    draft: node.isDraft,
    branch: node.headRefName,
    headOid: node.headRefOid,
    forkOid: node.first.nodes[0]?.commit.parents.nodes[0]?.oid,
    paths: (node.files?.nodes ?? []).map((one) => one.path),
    armed: node.autoMergeRequest !== null,
    mergeState: node.mergeStateStatus,
    review: node.reviewDecision ?? undefined,
    asked: (node.reviewRequests?.nodes ?? []).flatMap(
      (one) => one.requestedReviewer?.login ?? one.requestedReviewer?.slug ?? [],
    ),
    checks: (node.last.nodes[0]?.commit.statusCheckRollup?.contexts.nodes ?? []).map(openCheck),
  };
}

/** A check run or status in three states; skipped and neutral do not stop a merge. */
export function openCheck(node: CheckNode): OpenCheck {
  if (node.__typename === 'StatusContext') {
    const state =
      node.state === 'SUCCESS' ? 'ok' : node.state === 'PENDING' || node.state === 'EXPECTED' ? 'pending' : 'failed';
    return { name: node.context, state, text: node.description ?? node.state.toLowerCase() };
  }
  const { name, status, conclusion } = node;
  if (status !== 'COMPLETED') return { name, state: 'pending', text: status.toLowerCase().replaceAll('_', ' ') };
  const ok = ['SUCCESS', 'NEUTRAL', 'SKIPPED'].includes(conclusion ?? '');
  return { name, state: ok ? 'ok' : 'failed', text: (conclusion ?? '').toLowerCase().replaceAll('_', ' ') };
}
