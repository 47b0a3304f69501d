import type {
  CheckRun,
  CheckSuite,
  Comment,
  CommitStatus,
  Deployment,
  DeploymentStatus,
  Issue,
  Pull,
  Review,
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
      /** For `edited`. */
      readonly changes?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly name: 'pull_request_review';
      readonly action: 'submitted' | 'edited' | 'dismissed';
      readonly pull: Pull;
      readonly review: Review;
    }
  | {
      readonly name: 'issue_comment';
      readonly action: 'created' | 'edited' | 'deleted';
      readonly issue: Issue | Pull;
      readonly comment: Comment;
    }
  | {
      readonly name: 'issues';
      readonly action: string;
      readonly issue: Issue;
      readonly label?: string;
      readonly accountId?: number;
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
  | { readonly name: 'schedule'; readonly schedule: string; readonly workflow: string };
