import { defaultTypeResolver, type GraphQLFieldResolver, type GraphQLTypeResolver } from 'graphql';
import { actorFields, teamFields } from './actor.ts';
import {
  appFields,
  checkRunFields,
  checkSuiteFields,
  statusFields,
  workflowFields,
  workflowRunFields,
} from './checks.ts';
import { deploymentFields, deploymentStatusFields, environmentFields } from './deployment.ts';
import { blobFields, commitFields, refFields, treeFields } from './git-objects.ts';
import { githubError } from './graphql-error.ts';
import { isSchemaDefault } from './is-schema-default.ts';
import { commentFields, issueFields, labelFields } from './issue.ts';
import { milestoneFields } from './milestone.ts';
import { mutationFields } from './mutation.ts';
import { type Fields, type GraphqlContext, isNode } from './node.ts';
import { requirePage } from './page-boundaries.ts';
import { pullFields } from './pull.ts';
import { queryFields } from './query.ts';
import { readable, requireField } from './readable.ts';
import { releaseFields } from './release.ts';
import { repositoryFields } from './repository.ts';
import { reviewFields } from './review.ts';
import { reviewCommentFields, threadFields } from './review-thread.ts';
import { watchArguments } from './watched-arguments.ts';

const tables: Readonly<Record<string, Fields>> = {
  ...actorFields,
  App: appFields,
  Blob: blobFields,
  CheckRun: checkRunFields,
  CheckSuite: checkSuiteFields,
  Commit: commitFields,
  Deployment: deploymentFields,
  DeploymentStatus: deploymentStatusFields,
  Environment: environmentFields,
  Issue: issueFields,
  IssueComment: commentFields,
  Label: labelFields,
  Milestone: milestoneFields,
  Mutation: mutationFields,
  PullRequest: pullFields,
  PullRequestReview: reviewFields,
  PullRequestReviewComment: reviewCommentFields,
  PullRequestReviewThread: threadFields,
  Query: queryFields,
  Ref: refFields,
  Release: releaseFields,
  Repository: repositoryFields,
  StatusContext: statusFields,
  Team: teamFields,
  Tree: treeFields,
  Workflow: workflowFields,
  WorkflowRun: workflowRunFields,
};

/** A field of a row by its type's table, of anything else by its name; what neither has is an error that names it. */
export const resolveField: GraphQLFieldResolver<unknown, GraphqlContext> = (source, given, context, info) => {
  const type = info.parentType.name;
  if (isNode(source)) requireField(context, source, type, info.fieldName);
  const resolve = resolverOf(source, type, info.fieldName);
  if (resolve === undefined) throw githubError('NOT_SERVED', `${type}.${info.fieldName} is not served by the lab`);
  requirePage(given, info);
  const { args, unread } = watchArguments(given);
  const served = (value: unknown): unknown => {
    // What is not there is not there whatever was asked of it.
    const [name] = value === null ? [] : unread().filter((one) => !isSchemaDefault(info, one, given));
    if (name === undefined) return value;
    throw githubError('NOT_SERVED', `${type}.${info.fieldName}(${name}:) is not served by the lab`);
  };
  const value = resolve(isNode(source) ? source.row : source, args, context, info);
  return readable(context, value instanceof Promise ? value.then(served) : served(value));
};

function resolverOf(source: unknown, type: string, field: string): Fields[string] | undefined {
  const table = Object.hasOwn(tables, type) ? tables[type] : undefined;
  if (table !== undefined && Object.hasOwn(table, field)) return table[field];
  if (isNode(source) || typeof source !== 'object' || source === null || !Object.hasOwn(source, field))
    return undefined;
  const value = (source as Readonly<Record<string, unknown>>)[field];
  return (_row, args) => (typeof value === 'function' ? value(args) : value);
}

export const resolveType: GraphQLTypeResolver<unknown, GraphqlContext> = (value, context, info, abstractType) =>
  isNode(value) ? value.__typename : defaultTypeResolver(value, context, info, abstractType);
