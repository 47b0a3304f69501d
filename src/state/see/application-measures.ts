import { TrunklineError } from '../../errors.ts';
import type { GitHub } from '../../github/client.ts';
import { type CheckNode, checkFields, openCheck } from './open-pulls.ts';
import { type Spread, spread } from './spread.ts';

/** How an application repository's main branch did: the newest hundred commits of the window. */
export interface ApplicationMeasures {
  readonly repository: string;
  /** Commits with checks that have ended. */
  readonly commits: number;
  /** Committed → the last check ended, where all went well. */
  readonly green: Spread;
  readonly failed: number;
  /** Commits with a check whose name says that it scans, and those where it failed. */
  readonly scanned: number;
  readonly scanFailed: number;
  /** Pull request opened → merged. */
  readonly pull: Spread;
}

interface Answer {
  readonly repository: {
    readonly defaultBranchRef: {
      readonly target: {
        readonly history: {
          readonly nodes: readonly {
            readonly oid: string;
            readonly committedDate: string;
            readonly statusCheckRollup: { readonly contexts: { readonly nodes: readonly CheckNode[] } } | null;
            readonly associatedPullRequests: {
              readonly nodes: readonly {
                readonly createdAt: string;
                readonly mergedAt: string | null;
                readonly mergeCommit: { readonly oid: string } | null;
              }[];
            };
          }[];
        };
      };
    } | null;
  } | null;
}

const scans = /scan|trivy|grype|snyk|codeql|vulnerab|secret/i;

export async function readApplicationMeasures(
  github: GitHub,
  repository: string,
  since: number,
): Promise<ApplicationMeasures> {
  const [owner = '', name = ''] = repository.split('/');
  const answer = await github.query<Answer>(
    `query Application($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { defaultBranchRef { target { ... on Commit { history(first: 100) { nodes {
oid committedDate statusCheckRollup { contexts(first: 50) { nodes { ${checkFields} } } }
associatedPullRequests(first: 3) { nodes { createdAt mergedAt mergeCommit { oid } } }
} } } } } } }`,
    { owner, name },
    { repository },
  );
  const found = answer.repository?.defaultBranchRef?.target.history.nodes;
  if (found === undefined)
    throw new TrunklineError(
      'NOT_FOUND',
      `expected the repository ${repository} with a default branch, found none that these credentials can see`,
    );
  const commits = found
    .filter((one) => Date.parse(one.committedDate) >= since)
    .map((one) => ({ at: Date.parse(one.committedDate), nodes: one.statusCheckRollup?.contexts.nodes ?? [] }))
    .filter(({ nodes }) => nodes.length > 0 && nodes.every((node) => openCheck(node).state !== 'pending'));
  const scanned = commits
    .map(({ nodes }) => nodes.filter((node) => scans.test(openCheck(node).name)))
    .filter((nodes) => nodes.length > 0);
  const isGreen = (nodes: readonly CheckNode[]): boolean => nodes.every((node) => openCheck(node).state === 'ok');
  return {
    repository,
    commits: commits.length,
    green: spread(
      commits.filter(({ nodes }) => isGreen(nodes)).map(({ at, nodes }) => Math.max(...nodes.map(endOf)) - at),
    ),
    failed: commits.filter(({ nodes }) => !isGreen(nodes)).length,
    scanned: scanned.length,
    scanFailed: scanned.filter((nodes) => !isGreen(nodes)).length,
    pull: spread(
      found.flatMap(({ oid, associatedPullRequests }) => {
        const pull = associatedPullRequests.nodes.find((one) => one.mergeCommit?.oid === oid && one.mergedAt !== null);
        const at = pull?.mergedAt == null ? undefined : Date.parse(pull.mergedAt);
        return pull === undefined || at === undefined || at < since ? [] : [at - Date.parse(pull.createdAt)];
      }),
    ),
  };
}

function endOf(node: CheckNode): number {
  return Date.parse((node.__typename === 'CheckRun' ? node.completedAt : node.createdAt) ?? '');
}
