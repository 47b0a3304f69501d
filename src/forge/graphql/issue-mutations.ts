import { addReaction, ownReaction } from '../issues/reactions.ts';
import {
  addComment,
  changeAssignees,
  changeComment,
  createIssue,
  setAssignees,
  setLabels,
  updateIssue,
} from '../issues/write-issue.ts';
import { nodeId } from '../node-id.ts';
import { requireAccount, requirePermission } from '../permissions.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import type { Comment, Issue, Pull, Reaction, Repository } from '../rows.ts';
import { words } from '../words.ts';
import { actorNode } from './actor.ts';
import { githubError } from './graphql-error.ts';
import { find, labelNames, logins, type Mutations, placeUnder, text } from './mutation-input.ts';
import { type Args, type GraphqlContext, node } from './node.ts';
import { findNode } from './query.ts';
import { contentCalled } from './reaction-groups.ts';

export const issueMutations: Mutations = {
  addComment: async (input, context) => {
    const { forge, identity } = context;
    const subject = await findNode(context, String(input['subjectId']));
    const row = requireIssue(subject);
    const comment = node(
      'IssueComment',
      addComment(forge, identity, repositoryOf(forge, row), row, String(input['body'])),
    );
    return { commentEdge: { node: comment, cursor: '' }, subject };
  },
  addLabelsToLabelable: (input, context) => changeLabels(input, context, (held, names) => [...held, ...names]),
  removeLabelsFromLabelable: (input, context) =>
    changeLabels(input, context, (held, names) => held.filter((one) => !names.includes(one))),
  createIssue: async (input, context) => {
    const repository = await find<Repository>(context, input['repositoryId'], 'Repository');
    const labelIds = input['labelIds'];
    const labels = Array.isArray(labelIds) ? await labelNames(context, labelIds) : undefined;
    const issue = createIssue(context.forge, context.identity, repository, {
      title: String(input['title']),
      body: text(input['body']),
      labels,
      assignees: await logins(context, input['assigneeIds']),
    });
    return { issue: node('Issue', await placeUnder(context, issue, input['milestoneId'])) };
  },
  updateIssue: async (input, context) => {
    const { forge, identity } = context;
    const issue = await find<Issue>(context, input['id'], 'Issue');
    const state = input['state'] === 'CLOSED' ? 'closed' : input['state'] === 'OPEN' ? 'open' : undefined;
    const change = { title: text(input['title']), body: text(input['body']), state } as const;
    const repository = repositoryOf(forge, issue);
    const [labelIds, people] = [input['labelIds'], await logins(context, input['assigneeIds'])];
    const names = Array.isArray(labelIds) ? await labelNames(context, labelIds) : undefined;
    let changed = updateIssue(forge, identity, repository, issue, change);
    if (names !== undefined) changed = setLabels(forge, identity, repository, changed, names);
    if (people !== undefined) changed = setAssignees(forge, identity, repository, changed, people);
    return { issue: node('Issue', await placeUnder(context, changed, input['milestoneId'])) };
  },
  closeIssue: async (input, context) => {
    const issue = await find<Issue>(context, input['issueId'], 'Issue');
    const { forge, identity } = context;
    const reason = (['completed', 'not_planned', 'duplicate'] as const).find(
      (one) => one === text(input['stateReason'])?.toLowerCase(),
    );
    const change = { state: 'closed', reason } as const;
    return { issue: node('Issue', updateIssue(forge, identity, repositoryOf(forge, issue), issue, change)) };
  },
  reopenIssue: async (input, context) => {
    const issue = await find<Issue>(context, input['issueId'], 'Issue');
    const { forge, identity } = context;
    return { issue: node('Issue', updateIssue(forge, identity, repositoryOf(forge, issue), issue, { state: 'open' })) };
  },
  updateIssueComment: async (input, context) => {
    const comment = await find<Comment>(context, input['id'], 'IssueComment');
    const { forge, identity } = context;
    const changed = changeComment(forge, identity, repositoryOf(forge, comment), comment, String(input['body']));
    return { issueComment: node('IssueComment', changed) };
  },
  deleteIssueComment: async (input, context) => {
    const comment = await find<Comment>(context, input['id'], 'IssueComment');
    changeComment(context.forge, context.identity, repositoryOf(context.forge, comment), comment, null);
    return {};
  },
  addReaction: async (input, context) => {
    const { subject, repository, identity, content } = await reactable(input, context);
    const { reaction } = addReaction(context.forge, identity, repository, String(input['subjectId']), content);
    return { reaction: shownReaction(context, reaction, input), subject };
  },
  removeReaction: async (input, context) => {
    const { subject, identity, content } = await reactable(input, context);
    const { forge } = context;
    const id = String(input['subjectId']);
    const held = ownReaction(forge, requireAccount(identity).id, id, content);
    if (held === undefined) throw githubError('NOT_FOUND', words.unresolved('a reaction of the viewer'));
    forge.store.transaction(() => forge.store.reactions.delete(held.id));
    return { reaction: shownReaction(context, held, input), subject };
  },
  addAssigneesToAssignable: (input, context) => assign(input, context, false),
  removeAssigneesFromAssignable: (input, context) => assign(input, context, true),
};

/** @throws GraphQLError for who may not comment there */
async function reactable(input: Args, context: GraphqlContext) {
  const subject = await findNode(context, String(input['subjectId']));
  const repository = repositoryOf(context.forge, subject.row as Issue);
  const permission = subject.__typename === 'Issue' ? ['issues'] : ['issues', 'pull_requests'];
  requirePermission(context.forge, context.identity, repository, permission, 'write', 'read');
  return { subject, repository, identity: context.identity, content: contentCalled(input['content']) };
}

function shownReaction({ forge }: GraphqlContext, reaction: Reaction, input: Args) {
  const user = actorNode(forge, reaction.accountId);
  const id = nodeId('Reaction', reaction.id);
  return { id, databaseId: reaction.id, content: input['content'], createdAt: reaction.createdAt, user };
}

async function assign(input: Args, context: GraphqlContext, remove: boolean) {
  const { forge, identity } = context;
  const subject = await findNode(context, String(input['assignableId']));
  const row = requireIssue(subject);
  const people = (await logins(context, input['assigneeIds'])) ?? [];
  const changed = changeAssignees(forge, identity, repositoryOf(forge, row), row, people, remove);
  return { assignable: node(subject.__typename, changed) };
}

async function changeLabels(
  input: Args,
  context: GraphqlContext,
  change: (held: readonly string[], names: readonly string[]) => readonly string[],
) {
  const subject = await findNode(context, String(input['labelableId']));
  const row = requireIssue(subject);
  const ids = input['labelIds'];
  const names = await labelNames(context, Array.isArray(ids) ? ids : []);
  const { forge, identity } = context;
  const changed = setLabels(forge, identity, repositoryOf(forge, row), row, change(row.labels, names));
  return { labelable: node(subject.__typename, changed) };
}

function requireIssue(subject: { readonly __typename: string; readonly row: unknown }): Issue | Pull {
  if (subject.__typename === 'PullRequest' || subject.__typename === 'Issue') return subject.row as Issue | Pull;
  throw githubError('NOT_FOUND', words.unresolved('an issue or pull request'));
}
