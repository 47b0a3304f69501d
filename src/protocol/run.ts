import type { Permissions } from '../model/job-permissions.ts';
import type { ActorRef, RepositoryRef } from './event.ts';

export type Status = 'queued' | 'waiting' | 'pending' | 'in_progress' | 'completed';
export type Conclusion =
  | 'success'
  | 'failure'
  | 'cancelled'
  | 'skipped'
  | 'neutral'
  | 'timed_out'
  | 'action_required'
  | 'startup_failure'
  | 'stale';

/** How true to GitHub a step was: the published code, our own in its place, a labelled imitation, or not run. */
export type Fidelity = 'real' | 'built-in' | 'stand-in' | 'skipped';

export type { Access, Permissions } from '../model/job-permissions.ts';

/** A workflow that an event starts, before the forge has numbered it. */
export interface NewRun {
  /** `.github/workflows/x.yml` */
  readonly path: string;
  /** `name:` of the workflow, or its path. */
  readonly workflowName: string;
  /** What lists show: `run-name`, or the commit's subject or pull request's title. */
  readonly title: string;
  /** Set when GitHub refuses the file: the run is opened, completed, with `startup_failure`. */
  readonly startupFailure?: string;
}

export interface RunRecord {
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
  readonly repository: RepositoryRef;
  readonly workflowId: number;
  readonly workflowName: string;
  readonly path: string;
  readonly title: string;
  readonly event: string;
  readonly eventId: number;
  readonly ref: string;
  readonly sha: string;
  readonly headSha: string;
  readonly headBranch: string;
  readonly actor: ActorRef;
  /** Who started this attempt; differs from `actor` on a rerun. */
  readonly triggeringActor: ActorRef;
  readonly status: Status;
  readonly conclusion: Conclusion | null;
  /** Why the forge did not let it start. */
  readonly refusal?: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly updatedAt: string;
}

/** One job of a run, matrix already expanded. */
export interface NewJob {
  /** Unique in the attempt: `build`, `build (dev, 20)`, `api / api`. Also the name of its check run. */
  readonly name: string;
  /** Key in the workflow file. */
  readonly jobId: string;
  readonly labels: readonly string[];
  /** Set for jobs that do not run: the check run is completed at once. */
  readonly conclusion?: Conclusion;
}

export interface StepRecord {
  readonly number: number;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: Conclusion | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly fidelity: Fidelity;
  /** `uses:` of the step, where it has one. */
  readonly uses?: string;
}

export interface JobRecord {
  /** Also the id of its check run, as on GitHub. */
  readonly id: number;
  readonly runId: number;
  readonly attempt: number;
  readonly name: string;
  readonly jobId: string;
  readonly labels: readonly string[];
  readonly status: Status;
  readonly conclusion: Conclusion | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly steps: readonly StepRecord[];
  readonly runnerName: string | null;
  /** Kept for reruns of failed jobs: what `needs` of later jobs sees. */
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'failure';
  readonly message: string;
  readonly title?: string;
  readonly path?: string;
  readonly startLine?: number;
  readonly endLine?: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
}

/** What a job may use, resolved by the forge when the job starts. */
export interface JobGrant {
  /** The job's own token; void once the job is completed. */
  readonly token: string;
  /** What the token really may: asked ∩ allowed. */
  readonly permissions: Permissions;
  /** Organisation, then repository, then environment; without GITHUB_TOKEN. Empty for fork pull requests. */
  readonly secrets: Readonly<Record<string, string>>;
  /** `secrets` without the environment's: what a calling workflow passes on. Absent: the same. */
  readonly callerSecrets?: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  /** For `id-token: write`: where the job asks for its OIDC token. */
  readonly idToken?: { readonly url: string; readonly token: string };
  /** For the artifact and cache services. */
  readonly runtime?: { readonly url: string; readonly resultsUrl: string; readonly token: string };
  readonly deploymentId?: number;
}

export interface GrantRequest {
  readonly jobId: number;
  /** As computed from `permissions:`; undefined where neither job nor workflow says: the repository's default. */
  readonly permissions: Permissions | undefined;
  /** `environment:` of the job, evaluated. */
  readonly environment?: { readonly name: string; readonly url?: string };
  /** `owner/repo/.github/workflows/x.yml@ref` of the workflow that holds the job (a called one, if it was called). */
  readonly jobWorkflowRef: string;
  /** The commit of that workflow file. */
  readonly jobWorkflowSha?: string;
}
