import { codeownersPath } from '../../settings/codeowners.ts';

/** Reviewing, checks and the like by the names that GraphQL gives them; `required_reviewers` it does not know. */
const parameters = `parameters { __typename
  ... on PullRequestParameters { requiredApprovingReviewCount dismissStaleReviewsOnPush requireCodeOwnerReview
    requireLastPushApproval requiredReviewThreadResolution allowedMergeMethods }
  ... on RequiredStatusChecksParameters { strictRequiredStatusChecksPolicy doNotEnforceOnCreate
    requiredStatusChecks { context integrationId } }
  ... on UpdateParameters { updateAllowsFetchAndMerge }
  ... on WorkflowsParameters { doNotEnforceOnCreate workflows { path ref sha repositoryId } } }`;

const contexts = `statusCheckRollup { contexts(first: 100) { nodes { __typename
  ... on CheckRun { name checkSuite { app { databaseId } } }
  ... on StatusContext { context } } } }`;

const fields = `fragment Overview on Repository {
  databaseId nameWithOwner isPrivate isArchived forkingAllowed
  owner { __typename login ... on User { databaseId } ... on Organization { databaseId } }
  defaultBranchRef { name target { ... on Commit { ${contexts} } } }
  mergeCommitAllowed squashMergeAllowed rebaseMergeAllowed autoMergeAllowed deleteBranchOnMerge
  config: object(expression: "HEAD:trunkline.yaml") { ... on Blob { text } }
  codeowners: object(expression: "HEAD:${codeownersPath}") { ... on Blob { text } }
  rulesets(first: 75, includeParents: false) { nodes {
    databaseId name target enforcement
    conditions { refName { include exclude } }
    bypassActors(first: 1) { totalCount }
    rules(first: 50) { nodes { type ${parameters} } } } }
  environments(first: 100) @include(if: $environments) { totalCount nodes { name protectionRules(first: 5) { nodes { type timeout preventSelfReview
    reviewers(first: 10) { nodes { __typename ... on Team { databaseId slug } ... on User { databaseId login } } } } } } }
  pullRequests(last: 5) @include(if: $pullRequests) { nodes { commits(last: 1) { nodes { commit { ${contexts} } } } } }
}`;

/**
 * One query for several repositories, `r0`, `r1`, …; each may fail alone. `without`: fields that are left out, since one
 * of them that may not be read is, by GitHub's schema, the whole repository that is not answered.
 */
export function overviewQuery(
  repositories: readonly string[],
  without: ReadonlySet<string>,
): {
  readonly document: string;
  readonly variables: Readonly<Record<string, string | boolean>>;
} {
  const parts = repositories.map((one) => one.split('/'));
  const declared = parts.map((_, index) => `$owner${index}: String!, $name${index}: String!`);
  const asked = parts.map(
    (_, index) => `r${index}: repository(owner: $owner${index}, name: $name${index}) { ...Overview }`,
  );
  return {
    document: `query Settings($environments: Boolean!, $pullRequests: Boolean!, ${declared.join(', ')}) {\n${asked.join('\n')}\n}\n${fields}`,
    variables: {
      environments: !without.has('environments'),
      pullRequests: !without.has('pullRequests'),
      ...Object.fromEntries(
        parts.flatMap(([owner = '', name = ''], index) => [
          [`owner${index}`, owner],
          [`name${index}`, name],
        ]),
      ),
    },
  };
}

interface Nodes<T> {
  readonly nodes: readonly T[];
}

export interface RuleNode {
  readonly type: string;
  readonly parameters: Readonly<Record<string, unknown>> | null;
}

export interface RulesetNode {
  readonly databaseId: number;
  readonly name: string;
  readonly target: string;
  readonly enforcement: string;
  readonly conditions: {
    readonly refName: { readonly include: readonly string[]; readonly exclude: readonly string[] } | null;
  };
  readonly bypassActors: { readonly totalCount: number } | null;
  readonly rules: Nodes<RuleNode>;
}

export interface EnvironmentNode {
  readonly name: string;
  readonly protectionRules: Nodes<{
    readonly type: string;
    readonly timeout: number;
    readonly preventSelfReview: boolean | null;
    readonly reviewers: Nodes<{
      readonly __typename: 'Team' | 'User';
      readonly databaseId: number;
      readonly slug?: string;
      readonly login?: string;
    } | null>;
  }>;
}

interface Rollup {
  readonly statusCheckRollup: {
    readonly contexts: Nodes<{
      readonly name?: string;
      readonly context?: string;
      readonly checkSuite?: { readonly app: { readonly databaseId: number } | null } | null;
    } | null>;
  } | null;
}

/** What the query answers of a repository; null in the place of what the token may not read. */
export interface OverviewNode {
  readonly databaseId: number;
  readonly nameWithOwner: string;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly forkingAllowed: boolean;
  readonly owner: { readonly __typename: string; readonly login: string; readonly databaseId: number };
  readonly defaultBranchRef: { readonly name: string; readonly target: Rollup | null } | null;
  readonly mergeCommitAllowed: boolean;
  readonly squashMergeAllowed: boolean;
  readonly rebaseMergeAllowed: boolean;
  readonly autoMergeAllowed: boolean;
  readonly deleteBranchOnMerge: boolean;
  readonly config: { readonly text: string | null } | null;
  readonly codeowners: { readonly text: string | null } | null;
  readonly rulesets: Nodes<RulesetNode> | null;
  readonly environments: (Nodes<EnvironmentNode> & { readonly totalCount: number }) | null;
  readonly pullRequests: Nodes<{ readonly commits: Nodes<{ readonly commit: Rollup | null } | null> } | null> | null;
}
