import type { Masker } from '../../github/masks.ts';
import type { Clock } from '../../ports.ts';
import type { WorkflowEvent } from '../../protocol/event.ts';
import type { Fidelity, JobGrant, JobRecord, RunRecord } from '../../protocol/run.ts';
import type { ActionFinder } from '../actions/find-action.ts';
import type { SelfRepository } from '../actions/self-reference.ts';
import type { JobContainers } from '../containers/job-containers.ts';
import type { Programs } from '../process/programs.ts';
import type { Grace } from '../process/run-process.ts';
import type { StatusFunctions } from './evaluation.ts';
import type { JobFolders } from './job-folders.ts';
import type { JobLog } from './job-log.ts';
import type { ProblemMatchers } from './problem-matchers.ts';
import type { ReplaceScript } from './stand-in-programs.ts';
import type { StepFileMaker } from './step-files.ts';

export type StepResult = 'success' | 'failure' | 'cancelled' | 'skipped';

/** One entry of the `steps` context. */
export interface StepContext {
  outputs: Record<string, string>;
  outcome?: StepResult;
  conclusion?: StepResult;
}

/** What is left to do when the job ends. */
export interface PostStep {
  readonly name: string;
  readonly uses?: string;
  readonly fidelity: Fidelity;
  /** Whether it runs, judged at the job's end. */
  readonly condition: () => boolean;
  /** False when it failed. */
  readonly run: (signal: AbortSignal) => Promise<boolean>;
}

/** Everything a job's steps share. */
export interface JobSession {
  readonly run: RunRecord;
  readonly job: JobRecord;
  readonly event: WorkflowEvent;
  readonly grant: JobGrant;
  readonly folders: JobFolders;
  readonly log: JobLog;
  readonly masker: Masker;
  readonly clock: Clock;
  readonly grace: Grace;
  readonly finder: ActionFinder;
  /** What `pre` of an action saved for its main part, by the step's id. */
  readonly states: Map<string, Map<string, string>>;
  readonly files: StepFileMaker;
  readonly matchers: ProblemMatchers;
  readonly programs: Programs;
  readonly directGit: string | undefined;
  readonly replaceScript: ReplaceScript | undefined;
  /** The job's containers, made when first asked for; undefined where no engine answers. */
  readonly containers: () => Promise<JobContainers | undefined>;
  /** Set where the job's steps run in a container. */
  inContainer: JobContainers | undefined;
  /** What ends with the job, last in first out: service programs, containers. */
  readonly endings: (() => Promise<void>)[];
  /** CI, RUNNER_* and what the lab adds; steps cannot change it. */
  readonly base: Readonly<Record<string, string>>;
  /** Environment of workflow and job, and what steps wrote to GITHUB_ENV. */
  readonly env: Map<string, string>;
  /** What steps wrote to GITHUB_PATH, oldest first. */
  readonly path: string[];
  /** Contexts that no step changes: github, runner, job, strategy, matrix, needs, inputs, secrets, vars. */
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly posts: PostStep[];
  /** Markdown of all steps. */
  readonly summaries: string[];
  /** How the job stands. */
  status: 'success' | 'failure' | 'cancelled';
  /** Aborted when the job is cancelled or has timed out. */
  readonly cancel: AbortSignal;
  /** Aborted when nothing more may run, `always()` included. */
  readonly kill: AbortSignal;
  /** Milliseconds spent in processes since the step began. */
  commandMs: number;
}

/** The list of steps that a step belongs to: the job's, or a composite action's. */
export interface StepScope {
  readonly steps: Record<string, StepContext>;
  /** Inputs of the composite action; the job's own otherwise. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Over the `github` context: action_path and the like. */
  readonly github: Readonly<Record<string, unknown>>;
  /** Environment of the composite action's step. */
  readonly env: Readonly<Record<string, string>>;
  readonly status: StatusFunctions;
  readonly posts: PostStep[];
  /** Composite actions around it. */
  readonly depth: number;
  readonly self: SelfRepository;
  /** Aborted when its steps must end, whatever their conditions say: a timeout around it, or a kill. */
  readonly end: AbortSignal;
  /** `defaults.run`, which count only for the job's own steps. */
  readonly defaults: { readonly shell?: string; readonly workingDirectory?: string };
}

/** The status functions of a job's own steps. */
export function jobStatus(session: JobSession): StatusFunctions {
  return {
    success: () => session.status === 'success',
    failure: () => session.status === 'failure',
    cancelled: () => session.status === 'cancelled',
  };
}
