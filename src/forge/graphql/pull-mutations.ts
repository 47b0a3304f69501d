import { setAssignees, setLabels } from '../issues/write-issue.ts';
import { disableAutoMerge, enableAutoMerge } from '../pulls/auto-merge.ts';
import { createPull } from '../pulls/create-pull.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import { type MergeInput, mergePull } from '../pulls/merge-pull.ts';
import { revertPull } from '../pulls/revert-pull.ts';
import { requestReviewers } from '../pulls/reviews.ts';
import { updateBranch } from '../pulls/update-branch.ts';
import { setDraft, updatePull } from '../pulls/update-pull.ts';
import type { Account, Pull, Repository, Team } from '../rows.ts';
import { words } from '../words.ts';
import { actorNode } from './actor.ts';
import { githubError } from './graphql-error.ts';
import { find, labelNames, logins, type Mutations, placeUnder, text } from './mutation-input.ts';
import { type Args, type GraphqlContext, node } from './node.ts';

export const pullMutations: Mutations = {
  createPullRequest: async (input, context) => {
    const repository = await find<Repository>(context, input['repositoryId'], 'Repository');
    const other = input['headRepositoryId'];
    const pull = await createPull(context.forge, context.identity, {
      repository,
      title: String(input['title']),
      body: text(input['body']),
      head: String(input['headRefName']),
      headRepository: typeof other === 'string' ? await find<Repository>(context, other, 'Repository') : undefined,
      base: String(input['baseRefName']),
      draft: input['draft'] === true,
      maintainerCanModify: input['maintainerCanModify'] !== false,
    });
    return { pullRequest: node('PullRequest', pull) };
  },
  updatePullRequest: async (input, context) => {
    const { forge, identity } = context;
    const found = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    const state = input['state'] === 'CLOSED' ? 'closed' : input['state'] === 'OPEN' ? 'open' : undefined;
    const pull = await updatePull(forge, identity, found, {
      title: text(input['title']),
      body: text(input['body']),
      base: text(input['baseRefName']),
      state,
      maintainerCanModify: typeof input['maintainerCanModify'] === 'boolean' ? input['maintainerCanModify'] : undefined,
    });
    const [labelIds, people] = [input['labelIds'], await logins(context, input['assigneeIds'])];
    const names = Array.isArray(labelIds) ? await labelNames(context, labelIds) : undefined;
    const repository = repositoryOf(forge, pull);
    const labelled = names === undefined ? pull : setLabels(forge, identity, repository, pull, names);
    const given = people === undefined ? labelled : setAssignees(forge, identity, repository, labelled, people);
    return { pullRequest: node('PullRequest', await placeUnder(context, given, input['milestoneId'])) };
  },
  closePullRequest: (input, context) => setState(input, context, 'closed'),
  reopenPullRequest: (input, context) => setState(input, context, 'open'),
  markPullRequestReadyForReview: async (input, context) => {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    return { pullRequest: node('PullRequest', await setDraft(context.forge, context.identity, pull, false)) };
  },
  convertPullRequestToDraft: async (input, context) => {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    return { pullRequest: node('PullRequest', await setDraft(context.forge, context.identity, pull, true)) };
  },
  enablePullRequestAutoMerge: async (input, context) => {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    const armed = await enableAutoMerge(context.forge, context.identity, pull, mergeInput(input));
    return { actor: actorNode(context.forge, context.identity.account?.id), pullRequest: node('PullRequest', armed) };
  },
  disablePullRequestAutoMerge: async (input, context) => {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    const disarmed = disableAutoMerge(context.forge, context.identity, pull);
    return {
      actor: actorNode(context.forge, context.identity.account?.id),
      pullRequest: node('PullRequest', disarmed),
    };
  },
  mergePullRequest: async (input, context) => {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    const merged = await mergePull(context.forge, context.identity, pull, mergeInput(input));
    return { actor: actorNode(context.forge, context.identity.account?.id), pullRequest: node('PullRequest', merged) };
  },
  revertPullRequest: async (input, context) => {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    const made = await revertPull(context.forge, context.identity, pull, {
      title: text(input['title']),
      body: text(input['body']),
      draft: input['draft'] === true,
    });
    return { pullRequest: node('PullRequest', pull), revertPullRequest: node('PullRequest', made) };
  },
  requestReviews: async (input, context) => {
    const { forge, identity } = context;
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    const ids = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
    const people = await Promise.all(ids(input['userIds']).map((id) => find<Account>(context, id, 'User')));
    const teams = await Promise.all(ids(input['teamIds']).map((id) => find<Team>(context, id, 'Team')));
    const logins = people.map((one) => one.login);
    const slugs = teams.map((one) => one.slug);
    if (input['union'] !== true) {
      const left = (held: readonly number[], asked: readonly { readonly id: number }[]): readonly number[] =>
        held.filter((id) => asked.every((one) => one.id !== id));
      requestReviewers(forge, identity, pull, {
        logins: left(pull.requestedReviewerIds, people).map((id) => forge.store.accounts.get(id)?.login ?? ''),
        teams: left(pull.requestedTeamIds, teams).map((id) => forge.store.teams.get(id)?.slug ?? ''),
        remove: true,
      });
    }
    const asked = requestReviewers(forge, identity, pull, { logins, teams: slugs });
    return { actor: actorNode(forge, identity.account?.id), pullRequest: node('PullRequest', asked) };
  },
  updatePullRequestBranch: async (input, context) => {
    const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
    if (input['updateMethod'] === 'REBASE')
      throw githubError('NOT_SERVED', 'updatePullRequestBranch(updateMethod: REBASE) is not served by the lab');
    await updateBranch(context.forge, context.identity, pull, text(input['expectedHeadOid']));
    return { pullRequest: node('PullRequest', context.forge.store.pulls.get(pull.id) ?? pull) };
  },
  enqueuePullRequest: mergeQueue,
  dequeuePullRequest: mergeQueue,
};

/** Clients that ask for the merge queue are told that there is none. */
async function mergeQueue(): Promise<never> {
  throw githubError('NOT_SERVED', words.mergeQueueLater());
}

async function setState(input: Args, context: GraphqlContext, state: 'open' | 'closed') {
  const pull = await find<Pull>(context, input['pullRequestId'], 'PullRequest');
  return { pullRequest: node('PullRequest', await updatePull(context.forge, context.identity, pull, { state })) };
}

function mergeInput(input: Args): MergeInput {
  const method = (['merge', 'squash', 'rebase'] as const).find(
    (one) => one === String(input['mergeMethod'] ?? 'MERGE').toLowerCase(),
  );
  return {
    method: method ?? 'merge',
    sha: text(input['expectedHeadOid']),
    title: text(input['commitHeadline']),
    body: text(input['commitBody']),
  };
}
