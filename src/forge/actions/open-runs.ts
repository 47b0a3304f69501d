import type { WorkflowEvent } from '../../protocol/event.ts';
import type { NewRun } from '../../protocol/run.ts';
import { raiseEvent } from '../events.ts';
import { actionsAppId, type Forge } from '../forge.ts';
import type { RunRow, WorkflowRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { forkVerdict } from './fork-approval.ts';

/**
 * Opens the runs of an event and takes it off the outbox, in one transaction. Said twice, it answers the same runs.
 * Workflows that somebody disabled get none.
 */
export function openRuns(
  forge: Forge,
  eventId: number,
  wanted: readonly NewRun[],
  refusals: ReadonlyMap<string, string> = new Map(),
): readonly RunRow[] {
  const { store } = forge;
  const queued = store.outbox.get(eventId);
  if (queued?.command.kind !== 'event') return store.runs.by('event', eventId);
  const { event } = queued.command;
  const verdict = forkVerdict(forge, event);
  return store.transaction(() => {
    if (wanted.length > 0) store.events.put(event);
    const runs = wanted.flatMap((one) => {
      const workflow = registerWorkflow(forge, event.repository.id, one.path, one.workflowName);
      if (workflow.state !== 'active' || verdict === 'never') return [];
      return [openRun(forge, event, workflow, one, { waits: verdict === 'waits', refusal: refusals.get(one.path) })];
    });
    store.outbox.delete(eventId);
    return runs;
  });
}

/** The workflow row of a file, made or brought up to date. Inside a transaction. */
export function registerWorkflow(forge: Forge, repositoryId: number, path: string, name: string): WorkflowRow {
  const { store } = forge;
  const now = timestamp(forge);
  const known = store.workflows.by('repository', repositoryId).find((workflow) => workflow.path === path);
  if (known?.name === name && known.state !== 'deleted') return known;
  const workflow: WorkflowRow = {
    id: known?.id ?? store.next('workflows'),
    repositoryId,
    path,
    name,
    state: known === undefined || known.state === 'deleted' ? 'active' : known.state,
    createdAt: known?.createdAt ?? now,
    updatedAt: now,
  };
  store.workflows.put(workflow);
  return workflow;
}

function openRun(
  forge: Forge,
  event: WorkflowEvent,
  workflow: WorkflowRow,
  wanted: NewRun,
  judged: { readonly waits: boolean; readonly refusal: string | undefined },
): RunRow {
  const { store } = forge;
  const now = timestamp(forge);
  const id = event.runId ?? store.next('runs');
  const branch = headBranch(event);
  const suiteId = store.next('checkSuites');
  const repositoryId = event.repository.id;
  store.checkSuites.put({
    id: suiteId,
    repositoryId,
    appId: actionsAppId,
    sha: event.headSha,
    branch,
    runId: id,
    createdAt: now,
  });
  const refused = wanted.startupFailure !== undefined || judged.refusal !== undefined;
  const ended = refused ? 'startup_failure' : judged.waits ? 'action_required' : null;
  const run: RunRow = {
    id,
    number: store.next(`runNumber:${workflow.id}`),
    attempt: 1,
    repository: event.repository,
    repositoryId,
    suiteId,
    workflowId: workflow.id,
    workflowName: workflow.name,
    path: workflow.path,
    title: wanted.title,
    event: event.name,
    eventId: event.id,
    ref: event.ref,
    sha: event.sha,
    headSha: event.headSha,
    headBranch: branch,
    actor: event.actor,
    triggeringActor: event.actor,
    status: ended === null ? 'queued' : 'completed',
    conclusion: ended,
    ...(judged.refusal === undefined ? {} : { refusal: judged.refusal }),
    createdAt: now,
    startedAt: null,
    updatedAt: now,
    pullRequests: event.fromFork ? [] : event.pullRequests,
    headRepositoryId: headRepositoryId(forge, event),
  };
  store.runs.put(run);
  raiseRunEvent(forge, run, 'requested');
  if (ended !== null) raiseRunEvent(forge, run, 'completed');
  return run;
}

/** Raises workflow_run for workflows that listen. Inside a transaction. */
export function raiseRunEvent(forge: Forge, run: RunRow, action: 'requested' | 'in_progress' | 'completed'): void {
  const repository = forge.store.repositories.get(run.repositoryId);
  if (repository === undefined) return;
  const account = forge.store.accounts.get(run.triggeringActor.id);
  const identity = { kind: 'system', ...(account === undefined ? {} : { account }) } as const;
  raiseEvent(forge, { name: 'workflow_run', action, run, repository, identity });
}

function headBranch(event: WorkflowEvent): string {
  return event.headRef ?? event.ref.replace(/^refs\/(heads|tags)\//, '');
}

function headRepositoryId(forge: Forge, event: WorkflowEvent): number {
  const number = event.fromFork ? event.pullRequests[0] : undefined;
  const pull = number === undefined ? undefined : forge.store.pulls.by('number', `${event.repository.id}/${number}`)[0];
  return pull?.headRepositoryId ?? event.repository.id;
}
