export interface EnvironmentRow {
  readonly id: number;
  readonly repositoryId: number;
  readonly name: string;
  /** Minutes. */
  readonly waitTimer: number;
  readonly reviewers: readonly { readonly type: 'User' | 'Team'; readonly id: number }[];
  readonly preventSelfReview: boolean;
  readonly branchPolicy: 'protected' | 'custom' | null;
  readonly branchPolicies: readonly { readonly id: number; readonly name: string; readonly type: 'branch' | 'tag' }[];
  readonly canAdminsBypass: boolean;
  /** Apps that must let a job in. */
  readonly protectionRules?: readonly { readonly id: number; readonly appId: number }[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Deployment {
  readonly id: number;
  readonly repositoryId: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  /** As given: an object or a string. */
  readonly payload: unknown;
  readonly creatorId: number;
  readonly appId: number | null;
  readonly transient: boolean;
  readonly production: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface DeploymentStatus {
  readonly id: number;
  readonly repositoryId: number;
  readonly deploymentId: number;
  readonly state: 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success' | 'waiting';
  readonly description: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly environment: string;
  readonly creatorId: number;
  readonly createdAt: string;
}

/** A job that waits for an environment's protection rules. */
export interface PendingDeployment {
  readonly id: number;
  readonly repositoryId: number;
  readonly runId: number;
  readonly jobId: number;
  readonly environmentId: number;
  /** Null where the workflow says `deployment: false`. */
  readonly deploymentId: number | null;
  readonly waitUntil: string | null;
  readonly approvals: readonly {
    readonly accountId: number;
    readonly state: 'approved' | 'rejected';
    readonly comment: string;
    readonly at: string;
  }[];
  /** What Apps said whose protection rules the environment has. */
  readonly gates?: readonly {
    readonly appId: number;
    readonly state: 'pending' | 'approved' | 'rejected';
    readonly comment: string;
  }[];
  readonly state: 'waiting' | 'entered' | 'refused';
}
