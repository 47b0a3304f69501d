import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { fullNameOf } from '../permissions.ts';
import { authorAssociation } from '../present/author-association.ts';
import { presentComment } from '../present/comment.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import type { Comment, Issue, Label, Pull } from '../rows.ts';
import { actorNode } from './actor.ts';
import { filterLabels, inOrder } from './filter-rows.ts';
import { connection, emptyConnection, type Fields, node } from './node.ts';
import { reactionGroups } from './reaction-groups.ts';

/** What issues and pull requests have in common. */
export const sharedFields: Fields<Issue | Pull> = {
  number: (row) => row.number,
  title: (row) => row.title,
  body: (row) => row.body ?? '',
  bodyText: (row) => row.body ?? '',
  createdAt: (row) => row.createdAt,
  updatedAt: (row) => row.updatedAt,
  closedAt: (row) => row.closedAt,
  closed: (row) => row.state === 'closed',
  databaseId: (row) => row.id,
  author: (row, _args, { forge }) => actorNode(forge, row.authorId),
  authorAssociation: (row, _args, { forge }) => authorAssociation(forge, repositoryOf(forge, row), row.authorId),
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  labels: (row, args, { forge }) => {
    const labels = forge.store.labels.by('repository', row.repositoryId).filter((one) => row.labels.includes(one.name));
    return connection(
      args,
      filterLabels(labels, args).map((one) => node('Label', one)),
    );
  },
  comments: (row, args, { forge }) =>
    connection(
      args,
      inOrder(forge.store.comments.by('issue', `${row.repositoryId}/${row.number}`), args).map((one) =>
        node('IssueComment', one),
      ),
    ),
  assignees: (row, args, { forge }) =>
    connection(
      args,
      (row.assigneeIds ?? []).map((id) => actorNode(forge, id)),
    ),
  milestone: (row, _args, { forge }) => {
    const milestone = forge.store.milestones.get(row.milestoneId ?? 0);
    return milestone === undefined ? null : node('Milestone', milestone);
  },
  locked: () => false,
  activeLockReason: () => null,
  isPinned: () => false,
  projectCards: (_row, args) => emptyConnection(args),
  projectItems: (_row, args) => emptyConnection(args),
};

export const issueFields: Fields<Issue> = {
  ...sharedFields,
  reactionGroups: (row, _args, context) => reactionGroups(context, nodeId('Issue', row.id)),
  id: (row) => nodeId('Issue', row.id),
  state: (row) => row.state.toUpperCase(),
  stateReason: (row) => row.stateReason?.toUpperCase() ?? (row.state === 'closed' ? 'COMPLETED' : null),
  url: (row, _args, { forge }) =>
    `${forge.urls.html}/${fullNameOf(forge, repositoryOf(forge, row))}/issues/${row.number}`,
};

export const labelFields: Fields<Label> = {
  id: (row) => nodeId('Label', row.id),
  name: (row) => row.name,
  color: (row) => row.color,
  description: (row) => row.description,
  isDefault: (row) => row.default ?? false,
  createdAt: (row, _args, { forge }) => row.createdAt ?? repositoryOf(forge, row).createdAt,
  updatedAt: (row, _args, { forge }) => row.createdAt ?? repositoryOf(forge, row).createdAt,
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  url: (row, _args, { forge }) => labelUrl(forge, row),
  resourcePath: (row, _args, { forge }) => new URL(labelUrl(forge, row)).pathname,
};

function labelUrl(forge: Forge, row: Label): string {
  return `${forge.urls.html}/${fullNameOf(forge, repositoryOf(forge, row))}/labels/${encodeURIComponent(row.name)}`;
}

export const commentFields: Fields<Comment> = {
  id: (row) => nodeId('IssueComment', row.id),
  databaseId: (row) => row.id,
  body: (row) => row.body,
  createdAt: (row) => row.createdAt,
  updatedAt: (row) => row.updatedAt,
  author: (row, _args, { forge }) => actorNode(forge, row.authorId),
  authorAssociation: (row, _args, { forge }) => authorAssociation(forge, repositoryOf(forge, row), row.authorId),
  includesCreatedEdit: () => false,
  isMinimized: () => false,
  minimizedReason: () => null,
  reactionGroups: (row, _args, context) => reactionGroups(context, nodeId('IssueComment', row.id)),
  viewerDidAuthor: (row, _args, { identity }) => identity.account?.id === row.authorId,
  url: (row, _args, { forge }) => presentComment(forge, repositoryOf(forge, row), row).html_url,
};
