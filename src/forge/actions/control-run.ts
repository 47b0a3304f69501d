import { actorRef } from '../events/named.ts';
import type { Forge } from '../forge.ts';
import { ApiError, type Identity } from '../http.ts';
import { requireAccount } from '../permissions.ts';
import type { RunRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { words } from '../words.ts';
import { latestJobs } from './find-run.ts';

/** Asks the runner to cancel. @throws ApiError 409 when the run is completed */
export function cancelRun(forge: Forge, run: RunRow, force: boolean): void {
  if (run.status === 'completed') throw new ApiError(409, words.runCompleted());
  const { store } = forge;
  store.transaction(() =>
    store.outbox.put({ id: store.next('outbox'), command: { kind: 'cancel', runId: run.id, force } }),
  );
}

/**
 * Opens a new attempt of a completed run: of all jobs, of the failed ones, or of one job, each with what needs it.
 * @throws ApiError 403 while it runs, or when nothing failed
 */
export function rerunRun(
  forge: Forge,
  identity: Identity,
  run: RunRow,
  jobs: 'all' | 'failed' | number,
  debug: boolean,
): void {
  if (run.status !== 'completed') throw new ApiError(403, words.runUnderWay());
  const failed = latestJobs(forge, run).some((job) => job.conclusion !== 'success' && job.conclusion !== 'skipped');
  if (run.conclusion === 'startup_failure' || (jobs === 'failed' && !failed))
    throw new ApiError(403, words.runNotRetried());
  const { store } = forge;
  const account = requireAccount(identity);
  store.transaction(() => {
    const { previousAttempts = [], ...ended } = run;
    store.runs.put({
      ...ended,
      attempt: run.attempt + 1,
      status: 'queued',
      conclusion: null,
      startedAt: null,
      updatedAt: timestamp(forge),
      triggeringActor: actorRef(account),
      rerun: jobs,
      previousAttempts: [...previousAttempts, ended],
    });
    store.outbox.put({ id: store.next('outbox'), command: { kind: 'rerun', runId: run.id, jobs, debug } });
  });
}
