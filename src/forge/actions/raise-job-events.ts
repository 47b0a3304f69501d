import { raiseEvent } from '../events.ts';
import { actionsAppId, type Forge } from '../forge.ts';
import type { Identity } from '../http.ts';
import type { JobRow, RunRow } from '../rows.ts';
import { actionsBotId } from '../tokens.ts';

/** Tells webhooks how far a job and its check run are; workflows are never started by it. Inside a transaction. */
export function raiseJobEvents(forge: Forge, run: RunRow, before: JobRow | undefined, job: JobRow): void {
  const { store } = forge;
  const repository = store.repositories.get(run.repositoryId);
  const checkRun = store.checkRuns.get(job.id);
  if (store.hooks.size === 0 || repository === undefined || checkRun === undefined) return;
  const identity = actionsIdentity(forge);
  const event = { repository, identity } as const;
  if (before === undefined) raiseEvent(forge, { ...event, name: 'check_run', action: 'created', checkRun });
  if (before?.status !== job.status && job.status !== 'pending')
    raiseEvent(forge, { ...event, name: 'workflow_job', action: job.status, run, job });
  if (job.status === 'completed' && before?.status !== 'completed')
    raiseEvent(forge, { ...event, name: 'check_run', action: 'completed', checkRun });
}

/** What Actions does of itself. */
export function actionsIdentity(forge: Forge): Identity {
  const account = forge.store.accounts.get(actionsBotId);
  return { kind: 'job', appId: actionsAppId, ...(account === undefined ? {} : { account }) };
}
