import type { RunService } from '../protocol/run-service.ts';

/** The same service; once stopped it writes nothing more, so that runs stay on the forge as they were. */
export function stoppable(service: RunService, stopped: AbortSignal): RunService {
  const open = <T>(): Promise<T> => Promise.reject(new Error('The runner has stopped'));
  return {
    commands: (signal) => service.commands(signal),
    workflows: (repository, sha) => service.workflows(repository, sha),
    readFile: (fullName, ref, path) => service.readFile(fullName, ref, path),
    resolve: (fullName, ref) => service.resolve(fullName, ref),
    export: (fullName, sha, folder) => service.export(fullName, sha, folder),
    changedFiles: (event) => service.changedFiles(event),
    openRuns: (eventId, runs) => (stopped.aborted ? open() : service.openRuns(eventId, runs)),
    unfinished: () => service.unfinished(),
    setRun: (runId, change) => (stopped.aborted ? Promise.resolve() : service.setRun(runId, change)),
    openJobs: (runId, jobs) => (stopped.aborted ? open() : service.openJobs(runId, jobs)),
    previousJobs: (runId) => service.previousJobs(runId),
    setJob: (jobId, change) => (stopped.aborted ? Promise.resolve() : service.setJob(jobId, change)),
    log: (jobId, text) => {
      if (!stopped.aborted) service.log(jobId, text);
    },
    enterEnvironment: (jobId, environment, signal) =>
      stopped.aborted ? open() : service.enterEnvironment(jobId, environment, signal),
    grant: (request) => (stopped.aborted ? open() : service.grant(request)),
    variables: (repository) => service.variables(repository),
  };
}
