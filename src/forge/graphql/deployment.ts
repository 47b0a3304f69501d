import type { Forge } from '../forge.ts';
import { nodeId } from '../node-id.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import type { Deployment, DeploymentStatus, EnvironmentRow } from '../rows.ts';
import { actorNode } from './actor.ts';
import { commitNode, refNode } from './git-objects.ts';
import { type Args, connection, type Fields, node } from './node.ts';

export const environmentFields: Fields<EnvironmentRow> = {
  id: (row) => nodeId('Environment', row.id),
  databaseId: (row) => row.id,
  name: (row) => row.name,
  isPinned: () => false,
  pinnedPosition: () => null,
  protectionRules: (row, args, { forge }) => connection(args, protectionRules(row, forge)),
};

/** What REST says under `protection_rules`; of branches only that there is a rule. */
function protectionRules(row: EnvironmentRow, forge: Forge) {
  const rule = (kind: number, type: string, more: object = {}) => ({
    databaseId: row.id * 10 + kind,
    type,
    timeout: 0,
    preventSelfReview: null,
    reviewers: (args: Args) => connection(args, []),
    ...more,
  });
  const reviewers = row.reviewers.flatMap(({ type, id }): readonly unknown[] => {
    if (type === 'User') return [actorNode(forge, id)];
    const team = forge.store.teams.get(id);
    return team === undefined ? [] : [node('Team', team)];
  });
  return [
    ...(row.waitTimer === 0 ? [] : [rule(1, 'WAIT_TIMER', { timeout: row.waitTimer })]),
    ...(row.reviewers.length === 0
      ? []
      : [
          rule(2, 'REQUIRED_REVIEWERS', {
            preventSelfReview: row.preventSelfReview,
            reviewers: (args: Args) => connection(args, reviewers),
          }),
        ]),
    ...(row.branchPolicy === null ? [] : [rule(3, 'BRANCH_POLICY')]),
  ];
}

export const deploymentFields: Fields<Deployment> = {
  id: (row) => nodeId('Deployment', row.id),
  databaseId: (row) => row.id,
  environment: (row) => row.environment,
  latestEnvironment: (row) => row.environment,
  originalEnvironment: (row) => row.environment,
  task: (row) => row.task,
  description: (row) => row.description,
  // GitHub answers the payload's JSON text, quoted once more where it was given as text.
  payload: (row) => (row.payload === null || row.payload === undefined ? null : JSON.stringify(row.payload)),
  commitOid: (row) => row.sha,
  commit: (row, _args, { forge }) => commitNode(forge, repositoryOf(forge, row), row.sha),
  ref: (row, _args, { forge }) => refNode(forge, repositoryOf(forge, row), row.ref),
  createdAt: (row) => row.createdAt,
  updatedAt: (row) => row.updatedAt,
  creator: (row, _args, { forge }) => actorNode(forge, row.creatorId),
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  state: (row, _args, { forge }) =>
    forge.store.deploymentStatuses.by('deployment', row.id).at(-1)?.state.toUpperCase() ?? 'PENDING',
  statuses: (row, args, { forge }) =>
    connection(
      args,
      forge.store.deploymentStatuses
        .by('deployment', row.id)
        .toReversed()
        .map((one) => node('DeploymentStatus', one)),
    ),
  latestStatus: (row, _args, { forge }) => {
    const latest = forge.store.deploymentStatuses.by('deployment', row.id).at(-1);
    return latest === undefined ? null : node('DeploymentStatus', latest);
  },
};

export const deploymentStatusFields: Fields<DeploymentStatus> = {
  id: (row) => nodeId('DeploymentStatus', row.id),
  state: (row) => row.state.toUpperCase(),
  description: (row) => row.description,
  logUrl: (row) => (row.logUrl === '' ? null : row.logUrl),
  environmentUrl: (row) => (row.environmentUrl === '' ? null : row.environmentUrl),
  environment: (row) => row.environment,
  createdAt: (row) => row.createdAt,
  updatedAt: (row) => row.createdAt,
  creator: (row, _args, { forge }) => actorNode(forge, row.creatorId),
};
