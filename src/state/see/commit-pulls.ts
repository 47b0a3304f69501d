import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';

/** A merged pull request as GitHub ties it to a commit. */
export interface CommitPull {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly author: string;
  readonly mergedBy: string | undefined;
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  readonly mergedAt: number;
  readonly body: string;
  readonly headRefName: string;
  readonly headOid: string;
  readonly approvals: readonly { readonly author: string; readonly at: number }[];
}

export interface ActorNode {
  readonly login: string;
  readonly __typename: string;
}

interface PullNode {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly author: ActorNode | null;
  readonly mergedBy: ActorNode | null;
  readonly createdAt: string;
  readonly mergedAt: string | null;
  readonly mergeCommit: { readonly oid: string } | null;
  /** Null where these credentials may not read them. */
  readonly reviews: {
    readonly nodes: readonly {
      readonly author: ActorNode | null;
      readonly state: string;
      readonly submittedAt: string | null;
    }[];
  } | null;
}

export const actorFields = '{ __typename login }';
const pullFields = `number url title body headRefName headRefOid createdAt mergedAt mergeCommit { oid }
author ${actorFields} mergedBy ${actorFields}
reviews(first: 50, states: APPROVED) { nodes { author ${actorFields} state submittedAt } }`;

/** Commits asked for at once. */
const page = 50;

/** The pull requests that brought commits to the branch, by commit; one query for each fifty. */
export async function readCommitPulls(
  github: GitHub,
  repository: string,
  commits: readonly string[],
): Promise<ReadonlyMap<string, CommitPull>> {
  const [owner = '', name = ''] = repository.split('/');
  const found = new Map<string, CommitPull>();
  const wanted = [...new Set(commits)];
  for (let start = 0; start < wanted.length; start += page) {
    const some = wanted.slice(start, start + page);
    const document = `query Pulls($owner: String!, $name: String!${some.map((_, i) => `, $c${i}: GitObjectID!`).join('')}) { repository(owner: $owner, name: $name) {
${some.map((_, i) => `c${i}: object(oid: $c${i}) { ... on Commit { associatedPullRequests(first: 5) { nodes { ${pullFields} } } } }`).join('\n')}
} }`;
    const { data, errors } = await github.mutate<{
      repository: Record<string, { associatedPullRequests?: { nodes: readonly PullNode[] } } | null> | null;
    }>(document, { owner, name, ...Object.fromEntries(some.map((oid, i) => [`c${i}`, oid])) }, { repository });
    // A commit that GitHub does not know (not pushed) has no pull request; anything else is a refusal.
    const fault = errors.find((one) => one.type !== 'NOT_FOUND');
    if (data?.repository == null || fault !== undefined) {
      throw new TrunklineError(
        'GITHUB_REFUSED',
        `GitHub answered what was asked of ${repository}: ${fault?.message ?? errors[0]?.message ?? 'no data'}`,
      );
    }
    for (const [index, oid] of some.entries()) {
      const nodes = data.repository[`c${index}`]?.associatedPullRequests?.nodes ?? [];
      const merged = nodes.filter((one) => one.mergedAt !== null);
      const pull = merged.find((one) => one.mergeCommit?.oid === oid) ?? merged[0];
      if (pull !== undefined) found.set(oid, commitPull(pull));
    }
  }
  return found;
}

function commitPull(node: PullNode): CommitPull {
  return {
    number: node.number,
    url: node.url,
    title: node.title,
    body: node.body,
    headRefName: node.headRefName,
    headOid: node.headRefOid,
    author: loginOf(node.author) ?? 'ghost',
    mergedBy: loginOf(node.mergedBy),
    createdAt: Date.parse(node.createdAt),
    mergedAt: Date.parse(node.mergedAt ?? node.createdAt),
    approvals: (node.reviews?.nodes ?? []).flatMap((one) =>
      one.submittedAt === null || one.state !== 'APPROVED'
        ? []
        : [{ author: loginOf(one.author) ?? 'ghost', at: Date.parse(one.submittedAt) }],
    ),
  };
}

/** A login as REST says it: with `[bot]` for a bot's. */
export function loginOf(node: ActorNode | null): string | undefined {
  if (node === null) return undefined;
  return node.__typename === 'Bot' && !node.login.endsWith('[bot]') ? `${node.login}[bot]` : node.login;
}
