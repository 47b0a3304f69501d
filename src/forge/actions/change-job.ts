import type { Annotation, Conclusion, Status, StepRecord } from '../../protocol/run.ts';
import type { Forge } from '../forge.ts';
import type { JobRow } from '../rows.ts';
import { timestamp } from '../timestamp.ts';
import { revokeJobTokens } from '../tokens.ts';
import { jobRow, runRow } from './find-run.ts';
import { followJob } from './job-deployment.ts';
import { raiseJobEvents } from './raise-job-events.ts';

export interface JobChange {
  readonly status?: Status;
  readonly conclusion?: Conclusion;
  readonly steps?: readonly StepRecord[];
  readonly annotations?: readonly Annotation[];
  readonly outputs?: Readonly<Record<string, string>>;
  readonly runnerName?: string;
  readonly summary?: string;
  /** For the job's deployment. */
  readonly environmentUrl?: string;
}

/**
 * Records how far a job is, in its check run and its deployment too. Once it is completed its token is void and its
 * conclusion stays. Says whether the check run's state changed.
 */
export function changeJob(forge: Forge, jobId: number, change: JobChange): { job: JobRow; news: boolean } {
  return forge.store.transaction(() => {
    const before = jobRow(forge, jobId);
    const job = changedJob(forge, before, change);
    forge.store.jobs.put(job);
    changeCheckRun(forge, job, change);
    const news = job.status !== before.status || job.conclusion !== before.conclusion;
    if (news) followJob(forge, job, change.environmentUrl);
    if (news) raiseJobEvents(forge, runRow(forge, job.runId), before, job);
    if (news && job.status === 'completed') revokeJobTokens(forge, jobId);
    return { job, news };
  });
}

function changedJob(forge: Forge, before: JobRow, change: JobChange): JobRow {
  const now = timestamp(forge);
  const status = before.status === 'completed' ? 'completed' : (change.status ?? before.status);
  const completed = status === 'completed';
  return {
    ...before,
    status,
    conclusion: before.conclusion ?? (completed ? (change.conclusion ?? 'success') : null),
    startedAt: before.startedAt ?? (status === 'in_progress' || completed ? now : null),
    completedAt: before.completedAt ?? (completed ? now : null),
    steps: change.steps ?? before.steps,
    outputs: change.outputs ?? before.outputs,
    runnerName: change.runnerName ?? before.runnerName,
  };
}

function changeCheckRun(forge: Forge, job: JobRow, change: JobChange): void {
  const checkRun = forge.store.checkRuns.get(job.id);
  if (checkRun === undefined) return;
  forge.store.checkRuns.put({
    ...checkRun,
    status: job.status,
    conclusion: job.conclusion,
    startedAt: job.startedAt ?? checkRun.startedAt,
    completedAt: job.completedAt,
    output: {
      ...checkRun.output,
      summary: change.summary ?? checkRun.output.summary,
      annotations: change.annotations ?? checkRun.output.annotations,
    },
  });
}
