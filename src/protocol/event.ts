/** A repository as both sides name it. */
export interface RepositoryRef {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  /** `owner/name` */
  readonly fullName: string;
  readonly ownerId: number;
  readonly private: boolean;
  readonly defaultBranch: string;
  /** What its jobs' tokens may do where no workflow says: the setting "Workflow permissions". */
  readonly tokenDefault?: 'read' | 'write';
}

export interface ActorRef {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
}

/**
 * Something that happened on the forge and may start workflows. What a job's own token did is never one,
 * dispatches excepted (docs.github.com, "Triggering a workflow from a workflow").
 */
export interface WorkflowEvent {
  /** Grows by one an event; the runner takes them in this order. */
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  readonly name: string;
  /** The activity type, where the event has them: `opened`, `synchronize`, `submitted`. */
  readonly action?: string;
  readonly repository: RepositoryRef;
  readonly actor: ActorRef;
  /** GITHUB_REF */
  readonly ref: string;
  /** GITHUB_SHA: for a pull request its merge commit. */
  readonly sha: string;
  /** The commit that check runs are reported on: for a pull request its head. */
  readonly headSha: string;
  /** The head commit's message, which may ask that nothing starts; only where the payload has it not (pull_request). */
  readonly headMessage?: string;
  /** The commit whose workflow files count: the merge commit, or the default branch for workflow_run and the like. */
  readonly workflowSha: string;
  /** Branch names of a pull request, without `refs/heads/`. */
  readonly headRef?: string;
  readonly baseRef?: string;
  /** For path filters: the two commits whose difference counts. Absent where path filters do not apply. */
  readonly diff?: { readonly base: string; readonly head: string };
  /** `github.event` */
  readonly payload: Readonly<Record<string, unknown>>;
  /** Only this workflow file (workflow_dispatch, schedule): `.github/workflows/x.yml` */
  readonly workflow?: string;
  /** The id that its run will have, where whoever started it was told (workflow_dispatch). */
  readonly runId?: number;
  /** The repository whose file a rule wants run (`workflows`); only the forge says so. */
  readonly requiredFrom?: number;
  /** A pull request of another repository: read-only token, no secrets. */
  readonly fromFork: boolean;
  /** Numbers of the open pull requests it concerns. */
  readonly pullRequests: readonly number[];
  /** The ref's protected state, for `github.ref_protected`. */
  readonly refProtected: boolean;
  /** Length of the workflow_run chain so far; GitHub stops after three. */
  readonly depth: number;
}

/** What else the forge wants of the runner. */
export type RunnerCommand =
  | { readonly kind: 'event'; readonly event: WorkflowEvent }
  | { readonly kind: 'cancel'; readonly runId: number; readonly force: boolean }
  /** A new attempt was opened (rerun of all, of failed jobs, or of one job). */
  | {
      readonly kind: 'rerun';
      readonly run: import('./run.ts').RunRecord;
      readonly event: WorkflowEvent;
      readonly jobs: 'all' | 'failed' | number;
      readonly debug: boolean;
    };
