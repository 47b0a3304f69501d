import { TrunklineError } from '../errors.ts';
import type { NewRun } from '../protocol/run.ts';
import type { RunService } from '../protocol/run-service.ts';
import { refusedActions } from './actions/allowed-actions.ts';
import { changeJob } from './actions/change-job.ts';
import { changeRun } from './actions/change-run.ts';
import { outboxCommands } from './actions/commands.ts';
import { enterEnvironment } from './actions/enter-environment.ts';
import { previousJobs, runRow } from './actions/find-run.ts';
import { grantJob } from './actions/grant.ts';
import { JobLogs } from './actions/job-logs.ts';
import { openJobs } from './actions/open-jobs.ts';
import { openRuns } from './actions/open-runs.ts';
import { scopedValues } from './actions/scoped-values.ts';
import { changedFiles, exportTree, fileAt, repositoryIdOf } from './actions/source-files.ts';
import { unfinishedRuns } from './actions/unfinished-runs.ts';
import { WorkflowCache } from './actions/workflow-cache.ts';
import type { Forge } from './forge.ts';
import { resolveCommit } from './git/refs.ts';
import { repositoryFolder } from './git/repository-folder.ts';

export interface RunServiceDeps {
  /** Says that checks of a commit changed, so that armed pull requests can merge. */
  readonly checksChanged: (repositoryId: number, sha: string) => void;
}

/** The forge's side of the runner's protocol. `close` writes buffered logs out and stops its timer. */
export function createRunService(forge: Forge, deps: RunServiceDeps): RunService & { close(): void } {
  const { store } = forge;
  const logs = new JobLogs(forge);
  const workflows = new WorkflowCache(forge);
  const resolve = async (fullName: string, ref: string): Promise<string | undefined> => {
    const id = repositoryIdOf(forge, fullName);
    return id === undefined ? undefined : resolveCommit(repositoryFolder(forge, id), ref);
  };
  return {
    commands: (signal) => outboxCommands(forge, workflows, signal),
    workflows: (repository, sha) => workflows.read(repository, sha),
    resolve,
    readFile: async (fullName, ref, path) => {
      const id = repositoryIdOf(forge, fullName);
      const sha = await resolve(fullName, ref);
      return id === undefined || sha === undefined ? undefined : fileAt(forge, id, sha, path);
    },
    export: async (fullName, sha, folder) => {
      const id = repositoryIdOf(forge, fullName);
      if (id === undefined) throw new TrunklineError('NOT_FOUND', `expected a repository "${fullName}", found none`);
      await exportTree(forge, id, sha, folder);
    },
    changedFiles: (event) => changedFiles(forge, event),
    openRuns: async (eventId, runs) => openRuns(forge, eventId, runs, await refusals(forge, workflows, eventId, runs)),
    unfinished: async () => unfinishedRuns(forge),
    setRun: async (runId, change) => {
      const run = changeRun(forge, runId, change);
      if (run.status === 'completed') deps.checksChanged(run.repositoryId, run.headSha);
    },
    openJobs: async (runId, wanted) => {
      const jobs = openJobs(forge, runId, wanted);
      const run = runRow(forge, runId);
      if (jobs.some((job) => job.status === 'completed')) deps.checksChanged(run.repositoryId, run.headSha);
      return jobs;
    },
    previousJobs: async (runId) => previousJobs(forge, runRow(forge, runId)),
    setJob: async (jobId, change) => {
      const { job, news } = changeJob(forge, jobId, change);
      if (job.status === 'completed') logs.flush(jobId);
      if (news) deps.checksChanged(job.repositoryId, runRow(forge, job.runId).headSha);
    },
    log: (jobId, text) => logs.append(jobId, text),
    enterEnvironment: (jobId, environment, signal) => enterEnvironment(forge, jobId, environment, signal),
    grant: async (request) => grantJob(forge, request),
    variables: async (repository) => {
      const row = store.repositories.get(repository.id);
      return row === undefined ? {} : scopedValues(forge, 'variables', row);
    },
    close: () => logs.close(),
  };
}

/** Why workflows may not start by the settings for Actions, by path. */
async function refusals(
  forge: Forge,
  workflows: WorkflowCache,
  eventId: number,
  runs: readonly NewRun[],
): Promise<ReadonlyMap<string, string>> {
  const command = forge.store.outbox.get(eventId)?.command;
  const event = command?.kind === 'event' ? command.event : undefined;
  const repository = forge.store.repositories.get(event?.repository.id ?? 0);
  const owner = forge.store.accounts.get(repository?.ownerId ?? 0);
  if (event === undefined || repository === undefined || runs.length === 0) return new Map();
  if (repository.actions === undefined && owner?.actions === undefined) return new Map();
  const files = await workflows.read(event.repository, event.workflowSha);
  return new Map(
    runs.flatMap(({ path }): readonly (readonly [string, string])[] => {
      const text = files.find((file) => file.path === path)?.text;
      const refusal = text === undefined ? undefined : refusedActions(forge, repository, text);
      return refusal === undefined ? [] : [[path, refusal]];
    }),
  );
}
