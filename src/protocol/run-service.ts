import type { RepositoryRef, RunnerCommand, WorkflowEvent } from './event.ts';
import type {
  Annotation,
  Conclusion,
  GrantRequest,
  JobGrant,
  JobRecord,
  NewJob,
  NewRun,
  RunRecord,
  Status,
  StepRecord,
} from './run.ts';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/**
 * What a runner asks of a forge. Every writing call is recorded before it resolves and can be said again after a kill.
 * The forge keeps events and commands until `settle` names them, so that nothing is lost between the two.
 */
export interface RunService {
  /** Events and commands in order, first those left from before; ends when the signal is aborted. */
  commands(signal: AbortSignal): AsyncIterable<RunnerCommand>;

  /** Workflow files (`.github/workflows/*.yml|yaml`) at a commit. */
  workflows(repository: RepositoryRef, sha: string): Promise<readonly SourceFile[]>;
  /** A file at a ref or commit of any repository that the forge has; undefined where there is none. */
  readFile(fullName: string, ref: string, path: string): Promise<string | undefined>;
  /** The commit a branch, tag or SHA of a repository stands for; undefined where repository or ref is unknown. */
  resolve(fullName: string, ref: string): Promise<string | undefined>;
  /** Writes a repository's tree at a commit into an empty folder (how actions are loaded). */
  export(fullName: string, sha: string, folder: string): Promise<void>;
  /** Paths that differ, for `paths:` filters; GitHub looks at 300 at most. */
  changedFiles(event: WorkflowEvent): Promise<readonly string[]>;

  /** Opens the runs of an event, all at once, and takes the event off the queue. Said twice, it answers the same runs. */
  openRuns(eventId: number, runs: readonly NewRun[]): Promise<readonly RunRecord[]>;
  /**
   * Runs that were not completed when the lab went down, with the event that started each and, where the attempt is a
   * rerun, what was to be run again. Runs whose rerun is still among the commands are not in it.
   */
  unfinished(): Promise<
    readonly {
      run: RunRecord;
      event: WorkflowEvent;
      jobs: readonly JobRecord[];
      rerun?: 'all' | 'failed' | number;
    }[]
  >;
  setRun(runId: number, change: { status: Status; conclusion?: Conclusion; title?: string }): Promise<void>;

  /** Adds jobs to a run's current attempt; each gets a check run on the run's head commit. */
  openJobs(runId: number, jobs: readonly NewJob[]): Promise<readonly JobRecord[]>;
  /** Jobs of the attempt before this one, for reruns. */
  previousJobs(runId: number): Promise<readonly JobRecord[]>;
  setJob(
    jobId: number,
    change: {
      status?: Status;
      conclusion?: Conclusion;
      steps?: readonly StepRecord[];
      annotations?: readonly Annotation[];
      outputs?: Readonly<Record<string, string>>;
      runnerName?: string;
      summary?: string;
      /** `environment.url`, which may need the steps' outputs: known when the job ends. */
      environmentUrl?: string;
    },
  ): Promise<void>;
  /** Appends to a job's log; lines are already masked and carry their time, as GitHub's do. Buffered by the forge. */
  log(jobId: number, text: string): void;

  /**
   * Waits until the environment lets the job in: branch policy, wait timer, reviewers. Opens its deployment.
   * `refused` carries GitHub's reason.
   */
  enterEnvironment(
    jobId: number,
    environment: { name: string; url?: string; deployment: boolean },
    signal: AbortSignal,
  ): Promise<{ entered: true } | { entered: false; reason: string }>;
  /** Mints the job's token and resolves secrets and variables. */
  grant(request: GrantRequest): Promise<JobGrant>;
  /** Repository and organisation variables, for expressions that are judged before a job starts. */
  variables(repository: RepositoryRef): Promise<Readonly<Record<string, string>>>;
}
