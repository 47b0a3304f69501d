import { deploymentMutations } from './deployment-mutations.ts';
import { githubError } from './graphql-error.ts';
import { issueMutations } from './issue-mutations.ts';
import type { Mutations } from './mutation-input.ts';
import type { Args, Fields, GraphqlContext } from './node.ts';
import { pullMutations } from './pull-mutations.ts';
import { refMutations } from './ref-mutations.ts';
import { repositoryMutations } from './repository-mutations.ts';
import { reviewMutations } from './review-mutations.ts';

const mutations: Mutations = {
  ...refMutations,
  ...pullMutations,
  ...reviewMutations,
  ...issueMutations,
  ...deploymentMutations,
  ...repositoryMutations,
};

/** Inputs that GitHub takes and the lab does not: they are refused before anything is done. */
const unserved: Readonly<Record<string, readonly string[]>> = {
  createIssue: ['issueTemplate', 'parentIssueId', 'projectIds'],
  updateIssue: ['projectIds'],
  closeIssue: ['duplicateIssueId'],
  updatePullRequest: ['projectIds'],
  enablePullRequestAutoMerge: ['authorEmail'],
  mergePullRequest: ['authorEmail'],
  createRepository: ['teamId', 'template'],
  addPullRequestReview: ['comments'],
};

export const mutationFields: Fields = Object.fromEntries(
  Object.entries(mutations).map(([name, mutate]) => [
    name,
    async (_row: unknown, args: Args, context: GraphqlContext) => {
      const input = args['input'] as Args;
      for (const field of unserved[name] ?? []) refuseInput(name, field, input[field]);
      return { ...(await mutate(input, context)), clientMutationId: input['clientMutationId'] ?? null };
    },
  ]),
);

function refuseInput(mutation: string, field: string, value: unknown): void {
  const said =
    value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
  if (said) throw githubError('NOT_SERVED', `Mutation.${mutation}(input.${field}:) is not served by the lab`);
}
