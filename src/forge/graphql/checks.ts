import type { Forge } from '../forge.ts';
import { nodeId, parseNodeId } from '../node-id.ts';
import { presentCheckRun, summarize } from '../present/check-run.ts';
import { repositoryOf } from '../pulls/find-pull.ts';
import { isRequiredCheck } from '../pulls/required-checks.ts';
import type { App, CheckRun, CheckSuite, CommitStatus, RunRow, WorkflowRow } from '../rows.ts';
import { actorNode } from './actor.ts';
import { commitNode } from './git-objects.ts';
import { connection, type Fields, node } from './node.ts';

export const appFields: Fields<App> = {
  id: (row) => nodeId('App', row.id),
  databaseId: (row) => row.id,
  name: (row) => row.name,
  slug: (row) => row.slug,
};

export const statusFields: Fields<CommitStatus> = {
  id: (row) => nodeId('StatusContext', row.id),
  context: (row) => row.context,
  state: (row) => row.state.toUpperCase(),
  description: (row) => row.description,
  targetUrl: (row) => row.targetUrl,
  avatarUrl: (row, _args, { forge }) => `${forge.urls.html}/avatars/u/${row.creatorId}`,
  createdAt: (row) => row.createdAt,
  creator: (row, _args, { forge }) => actorNode(forge, row.creatorId),
  commit: (row, _args, { forge }) => commitNode(forge, repositoryOf(forge, row), row.sha),
  isRequired: (row, args, { forge }) => isRequired(forge, args, row, row.context),
};

export const checkRunFields: Fields<CheckRun> = {
  id: (row) => nodeId('CheckRun', row.id),
  databaseId: (row) => row.id,
  name: (row) => row.name,
  status: (row) => row.status.toUpperCase(),
  conclusion: (row) => row.conclusion?.toUpperCase() ?? null,
  startedAt: (row) => row.startedAt,
  completedAt: (row) => row.completedAt,
  detailsUrl: (row, _args, { forge }) => presentCheckRun(forge, repositoryOf(forge, row), row).details_url,
  url: (row, _args, { forge }) => presentCheckRun(forge, repositoryOf(forge, row), row).html_url,
  permalink: (row, _args, { forge }) => presentCheckRun(forge, repositoryOf(forge, row), row).html_url,
  title: (row) => row.output.title,
  summary: (row) => row.output.summary,
  text: (row) => row.output.text,
  externalId: (row) => row.externalId,
  checkSuite: (row, _args, { forge }) => {
    const suite = forge.store.checkSuites.get(row.suiteId);
    return suite === undefined ? null : node('CheckSuite', suite);
  },
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  isRequired: (row, args, { forge }) => isRequired(forge, args, row, row.name),
};

export const checkSuiteFields: Fields<CheckSuite> = {
  id: (row) => nodeId('CheckSuite', row.id),
  databaseId: (row) => row.id,
  app: (row, _args, { forge }) => {
    const app = forge.store.apps.get(row.appId);
    return app === undefined ? null : node('App', app);
  },
  status: (row, _args, { forge }) => summarize(forge.store.checkRuns.by('suite', row.id)).status.toUpperCase(),
  conclusion: (row, _args, { forge }) =>
    summarize(forge.store.checkRuns.by('suite', row.id)).conclusion?.toUpperCase() ?? null,
  createdAt: (row) => row.createdAt,
  checkRuns: (row, args, { forge }) =>
    connection(
      args,
      forge.store.checkRuns.by('suite', row.id).map((one) => node('CheckRun', one)),
    ),
  commit: (row, _args, { forge }) => commitNode(forge, repositoryOf(forge, row), row.sha),
  repository: (row, _args, { forge }) => node('Repository', repositoryOf(forge, row)),
  workflowRun: (row, _args, { forge }) => {
    const run = forge.store.runs.get(row.runId ?? 0);
    return run === undefined ? null : node('WorkflowRun', run);
  },
};

export const workflowRunFields: Fields<RunRow> = {
  id: (row) => nodeId('WorkflowRun', row.id),
  databaseId: (row) => row.id,
  runNumber: (row) => row.number,
  event: (row) => row.event,
  url: (row, _args, { forge }) => `${forge.urls.html}/${row.repository.fullName}/actions/runs/${row.id}`,
  createdAt: (row) => row.createdAt,
  updatedAt: (row) => row.updatedAt,
  checkSuite: (row, _args, { forge }) => {
    const suite = forge.store.checkSuites.get(row.suiteId);
    return suite === undefined ? null : node('CheckSuite', suite);
  },
  workflow: (row, _args, { forge }) => {
    const workflow = forge.store.workflows.get(row.workflowId);
    return workflow === undefined ? null : node('Workflow', workflow);
  },
};

export const workflowFields: Fields<WorkflowRow> = {
  id: (row) => nodeId('Workflow', row.id),
  databaseId: (row) => row.id,
  name: (row) => row.name,
  state: (row) => row.state.toUpperCase(),
};

function isRequired(
  forge: Forge,
  args: Readonly<Record<string, unknown>>,
  row: { readonly repositoryId: number; readonly appId: number | null },
  name: string,
): boolean {
  const id = parseNodeId(String(args['pullRequestId'] ?? ''));
  const pull =
    id === undefined
      ? forge.store.pulls.by('number', `${row.repositoryId}/${Number(args['pullRequestNumber'])}`)[0]
      : forge.store.pulls.get(Number(id.key));
  return pull?.repositoryId === row.repositoryId && isRequiredCheck(forge, pull, name, row.appId);
}
