import { deploymentMutations } from './deployment-mutations.ts';
import { issueMutations } from './issue-mutations.ts';
import { type Mutations, object } from './mutation-input.ts';
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

export const mutationFields: Fields = Object.fromEntries(
  Object.entries(mutations).map(([name, mutate]) => [
    name,
    async (_row: unknown, args: Args, context: GraphqlContext) => {
      const input = object(args['input']);
      return { ...(await mutate(input, context)), clientMutationId: input['clientMutationId'] ?? null };
    },
  ]),
);
