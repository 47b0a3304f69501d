import type { OwnedIssue } from '../delivery/plan.ts';
import type { Part } from './together.ts';

/** What opens an issue beside the write that arms its pull request. */
export function issuePart(repositoryId: string, issue: OwnedIssue, pull: number): Part {
  const owner = issue.assigneeId;
  return {
    parameters: {
      repository: 'ID!',
      issueTitle: 'String!',
      issueBody: 'String!',
      ...(owner === undefined ? {} : { owner: 'ID!' }),
    },
    variables: {
      repository: repositoryId,
      issueTitle: issue.title,
      issueBody: `${issue.body}\n\nBy #${pull}.`,
      ...(owner === undefined ? {} : { owner }),
    },
    fields: {
      createIssue: `createIssue(input: { repositoryId: $repository, title: $issueTitle, body: $issueBody${owner === undefined ? '' : ', assigneeIds: [$owner]'} }) { issue { number } }`,
    },
  };
}
