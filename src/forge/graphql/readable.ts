import type { Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import { canSeeMembers, hasPermission } from '../permissions.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import type { Repository, Team } from '../rows.ts';
import { words } from '../words.ts';
import { githubError } from './graphql-error.ts';
import { type GraphqlContext, isNode, type Node } from './node.ts';

const issueOrPull = ['issues', 'pull_requests'];
const checks = ['checks'];
const contents = ['contents'];
const deployments = ['deployments'];
const rollup = ['checks', 'statuses'];

/** What a token needs to read a row of a type: one of these. REST asks the same. */
const typeNeeds: Readonly<Record<string, readonly string[]>> = {
  Blob: contents,
  CheckRun: checks,
  CheckSuite: checks,
  Commit: contents,
  Deployment: deployments,
  DeploymentStatus: deployments,
  Environment: ['actions', 'environments'],
  Issue: ['issues'],
  IssueComment: issueOrPull,
  Label: issueOrPull,
  Milestone: issueOrPull,
  PullRequest: ['pull_requests'],
  PullRequestReview: ['pull_requests'],
  PullRequestReviewComment: ['pull_requests'],
  PullRequestReviewThread: ['pull_requests'],
  Ref: contents,
  Release: contents,
  Repository: ['metadata'],
  StatusContext: ['statuses'],
  Tree: contents,
  Workflow: ['actions'],
  WorkflowRun: ['actions'],
};

/** Fields whose counts and summaries would tell what their rows may not. */
const fieldNeeds: Readonly<Record<string, readonly string[]>> = {
  'Commit.checkSuites': checks,
  'Commit.status': ['statuses'],
  'Commit.statusCheckRollup': rollup,
  'PullRequest.statusCheckRollup': rollup,
  'Ref.associatedPullRequests': ['pull_requests'],
  'Commit.associatedPullRequests': ['pull_requests'],
  'Repository.deployments': deployments,
  'Repository.environments': ['actions', 'environments'],
  'Repository.issue': ['issues'],
  'Repository.issueOrPullRequest': issueOrPull,
  'Repository.issues': ['issues'],
  'Repository.labels': issueOrPull,
  'Repository.object': contents,
  'Repository.pullRequest': ['pull_requests'],
  'Repository.pullRequests': ['pull_requests'],
  'Repository.refs': contents,
  'Repository.releases': contents,
};

/** @throws GraphQLError FORBIDDEN where the asker may not read this field of a row */
export function requireField(context: GraphqlContext, source: Node, type: string, field: string): void {
  const needs = fieldNeeds[`${type}.${field}`];
  const repository = needs === undefined ? undefined : repositoryOfRow(context.forge, source.row);
  if (needs === undefined || repository === undefined) return;
  if (!hasPermission(context.forge, context.identity, repository, needs, 'read')) throw forbidden(context.identity);
}

/** A field's value, without the rows that the asker may not read: each of them is an error in its place. */
export function readable(context: GraphqlContext, value: unknown): unknown {
  if (value instanceof Promise) return value.then((one: unknown) => readable(context, one));
  if (Array.isArray(value)) return value.map((one: unknown) => inList(context, one));
  if (isNode(value) && !mayRead(context, value)) throw forbidden(context.identity);
  return value;
}

function inList(context: GraphqlContext, one: unknown): unknown {
  if (one instanceof Promise) return readable(context, one);
  return isNode(one) && !mayRead(context, one) ? forbidden(context.identity) : one;
}

function mayRead({ forge, identity }: GraphqlContext, { __typename, row }: Node): boolean {
  if (__typename === 'Team') return canSeeMembers(forge, identity, (row as Team).organizationId);
  const needs = typeNeeds[__typename];
  if (needs === undefined) return true;
  const repository = __typename === 'Repository' ? (row as Repository) : repositoryOfRow(forge, row);
  return repository !== undefined && hasPermission(forge, identity, repository, needs, 'read');
}

function repositoryOfRow(forge: Forge, row: unknown): Repository | undefined {
  if (typeof row !== 'object' || row === null) return undefined;
  if ('repositoryId' in row && typeof row.repositoryId === 'number')
    return repositoryOf(forge, { repositoryId: row.repositoryId });
  // Git objects carry their repository, and a repository is its own.
  if ('repository' in row) return row.repository as Repository;
  return 'defaultBranch' in row ? (row as Repository) : undefined;
}

function forbidden(identity: Identity) {
  return githubError('FORBIDDEN', identity.kind === 'user' ? words.byPersonalToken() : words.byIntegration());
}
