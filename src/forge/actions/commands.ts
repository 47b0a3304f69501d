import type { RunnerCommand, WorkflowEvent } from '../../protocol/event.ts';
import { completeEvent } from '../events/complete-event.ts';
import type { Forge } from '../forge.ts';
import type { OutboxRow } from '../rows.ts';
import type { WorkflowCache } from './workflow-cache.ts';

/**
 * The outbox in order, each row once. An event stays in it until its runs are opened; a cancel or rerun until the
 * taker asks for the next. Events that no workflow can listen to are settled here: most of a run's own, and every
 * one that passes on costs git processes. Ends when the signal is aborted.
 */
export async function* outboxCommands(
  forge: Forge,
  workflows: WorkflowCache,
  signal: AbortSignal,
): AsyncIterable<RunnerCommand> {
  const { store } = forge;
  let wake = (): void => {};
  const stopWatching = store.watch((touched) => {
    if (touched.has('outbox')) wake();
  });
  const stop = (): void => wake();
  signal.addEventListener('abort', stop);
  let last = 0;
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const row = nextRow(forge, last);
      if (row === undefined) {
        await changed;
        continue;
      }
      last = row.id;
      const command = await heardCommand(forge, workflows, row);
      if (command !== undefined) yield command;
      if (command?.kind !== 'event') store.transaction(() => store.outbox.delete(row.id));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stopWatching();
  }
}

/** The command, where anybody listens to it and its repository is there still: one may be deleted at any time. */
async function heardCommand(
  forge: Forge,
  workflows: WorkflowCache,
  row: OutboxRow,
): Promise<RunnerCommand | undefined> {
  const { command } = row;
  const isGone = (): boolean =>
    command.kind === 'event' && forge.store.repositories.get(command.event.repository.id) === undefined;
  if (isGone()) return undefined;
  try {
    const heard = command.kind !== 'event' || (await isHeard(workflows, command.event));
    return heard ? await readCommand(forge, row) : undefined;
  } catch (error) {
    if (isGone()) return undefined;
    throw error;
  }
}

/** Whether some workflow file names the event at all; which of them it starts is for the runner to say. */
async function isHeard(workflows: WorkflowCache, event: WorkflowEvent): Promise<boolean> {
  const files = await workflows.read(event.repository, event.workflowSha);
  return files.some((file) => file.text.includes(event.name));
}

function nextRow(forge: Forge, after: number): OutboxRow | undefined {
  let next: OutboxRow | undefined;
  for (const row of forge.store.outbox.values()) {
    if (row.id > after && (next === undefined || row.id < next.id)) next = row;
  }
  return next;
}

async function readCommand(forge: Forge, row: OutboxRow): Promise<RunnerCommand | undefined> {
  const { store } = forge;
  const { command } = row;
  switch (command.kind) {
    case 'event': {
      const event = await completeEvent(forge, command.event);
      if (event !== command.event)
        store.transaction(() => store.outbox.put({ id: row.id, command: { kind: 'event', event } }));
      return { kind: 'event', event };
    }
    case 'cancel':
      return command;
    case 'rerun': {
      const run = store.runs.get(command.runId);
      const event = run === undefined ? undefined : store.events.get(run.eventId);
      if (run === undefined || event === undefined) return undefined;
      return { kind: 'rerun', run, event, jobs: command.jobs, debug: command.debug };
    }
  }
}
