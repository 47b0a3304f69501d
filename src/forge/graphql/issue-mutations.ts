import { addComment, createIssue, setLabels, updateIssue } from '../issues/write-issue.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import type { Issue, Pull, Repository } from '../rows.ts';
import { githubError } from './graphql-error.ts';
import { find, labelNames, type Mutations, text } from './mutation-input.ts';
import { type Args, type GraphqlContext, node } from './node.ts';
import { findNode } from './query.ts';

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
    });
    return { issue: node('Issue', issue) };
  },
  closeIssue: async (input, context) => {
    const issue = await find<Issue>(context, input['issueId'], 'Issue');
    const { forge, identity } = context;
    return {
      issue: node('Issue', updateIssue(forge, identity, repositoryOf(forge, issue), issue, { state: 'closed' })),
    };
  },
};

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
  throw githubError('NOT_FOUND', `Could not resolve to an issue or pull request`);
}
