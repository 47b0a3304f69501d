import type {
  CheckRun,
  CheckSuite,
  Comment,
  CommitStatus,
  Deployment,
  DeploymentStatus,
  EnvironmentRow,
  Issue,
  JobRow,
  Label,
  Milestone,
  Pull,
  Repository,
  Review,
  ReviewComment,
  ReviewThread,
  Ruleset,
  RunRow,
} from '../rows.ts';

/** What happened, as rows: `raiseEvent` decides refs, commits and payload from it, as GitHub does for each event. */
export type Happening =
  | { readonly name: 'push'; readonly ref: string; readonly before: string; readonly after: string }
  /** A branch or tag appeared or went; `ref` is whole (`refs/heads/x`), `sha` where it points or pointed. */
  | { readonly name: 'create' | 'delete'; readonly ref: string; readonly sha: string }
  | {
      /** Also raises pull_request_target. */
      readonly name: 'pull_request';
      readonly action: string;
      readonly pull: Pull;
      /** For `synchronize`. */
      readonly before?: string;
      readonly after?: string;
      /** For `labeled` and `unlabeled`. */
      readonly label?: string;
      /** For `assigned`, `review_requested` and the like: the account. */
      readonly accountId?: number;
      /** For `review_requested` and its like, of a team. */
      readonly teamId?: number;
      /** For `milestoned` and `demilestoned`. */
      readonly milestone?: Milestone;
      /** For `edited`. */
      readonly changes?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly name: 'pull_request_review';
      readonly action: 'submitted' | 'edited' | 'dismissed';
      readonly pull: Pull;
      readonly review: Review;
      /** For `edited`. */
      readonly changes?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly name: 'issue_comment';
      readonly action: 'created' | 'edited' | 'deleted';
      readonly issue: Issue | Pull;
      readonly comment: Comment;
      /** For `edited`. */
      readonly changes?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly name: 'issues';
      readonly action: string;
      readonly issue: Issue;
      readonly label?: string;
      readonly accountId?: number;
      readonly milestone?: Milestone;
      /** For `edited`. */
      readonly changes?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly name: 'release';
      readonly action: string;
      readonly tag: string;
      readonly release: Readonly<Record<string, unknown>>;
    }
  | {
      readonly name: 'workflow_dispatch';
      /** Whole: `refs/heads/main`. */
      readonly ref: string;
      readonly sha: string;
      readonly workflow: string;
      readonly inputs: Readonly<Record<string, unknown>>;
      /** That the run will have. */
      readonly runId: number;
    }
  | {
      readonly name: 'repository_dispatch';
      readonly eventType: string;
      readonly clientPayload: Readonly<Record<string, unknown>>;
    }
  | {
      readonly name: 'workflow_run';
      readonly action: 'requested' | 'in_progress' | 'completed';
      readonly run: RunRow;
    }
  | {
      readonly name: 'check_run';
      readonly action: 'created' | 'completed' | 'rerequested';
      readonly checkRun: CheckRun;
    }
  | { readonly name: 'check_suite'; readonly action: 'completed' | 'requested'; readonly checkSuite: CheckSuite }
  | { readonly name: 'status'; readonly status: CommitStatus }
  | { readonly name: 'deployment'; readonly deployment: Deployment }
  | { readonly name: 'deployment_status'; readonly deployment: Deployment; readonly status: DeploymentStatus }
  /** A job of a workflow: hooks alone are told. */
  | {
      readonly name: 'workflow_job';
      readonly action: 'queued' | 'waiting' | 'in_progress' | 'completed';
      readonly run: RunRow;
      readonly job: JobRow;
    }
  | {
      readonly name: 'pull_request_review_comment';
      readonly action: 'created' | 'edited' | 'deleted';
      readonly pull: Pull;
      readonly comment: ReviewComment;
      /** The body before an edit. */
      readonly from?: string;
    }
  | {
      readonly name: 'pull_request_review_thread';
      readonly action: 'resolved' | 'unresolved';
      readonly pull: Pull;
      readonly thread: ReviewThread;
    }
  | {
      readonly name: 'repository_ruleset';
      readonly action: 'created' | 'edited' | 'deleted';
      readonly ruleset: Ruleset;
      readonly before?: Ruleset;
    }
  | { readonly name: 'label'; readonly action: 'created' | 'edited' | 'deleted'; readonly label: Label }
  | {
      readonly name: 'milestone';
      readonly action: 'created' | 'edited' | 'opened' | 'closed' | 'deleted';
      readonly milestone: Milestone;
      readonly changes?: Readonly<Record<string, unknown>>;
    }
  | { readonly name: 'fork'; readonly fork: Repository }
  | {
      readonly name: 'repository';
      readonly action:
        | 'created'
        | 'deleted'
        | 'edited'
        | 'renamed'
        | 'archived'
        | 'unarchived'
        | 'privatized'
        | 'publicized';
      readonly changes?: Readonly<Record<string, unknown>>;
    }
  | { readonly name: 'member'; readonly action: 'added' | 'edited' | 'removed'; readonly accountId: number }
  | {
      readonly name: 'deployment_review';
      readonly action: 'approved' | 'rejected' | 'requested';
      readonly run: RunRow;
      readonly environment: EnvironmentRow;
      readonly approver?: number;
      readonly comment?: string;
    }
  | {
      readonly name: 'deployment_protection_rule';
      readonly action: 'requested';
      readonly environment: EnvironmentRow;
      readonly run: RunRow;
      readonly deployment: Deployment;
    }
  | { readonly name: 'schedule'; readonly schedule: string; readonly workflow: string };
