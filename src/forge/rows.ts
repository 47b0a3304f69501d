/** What the forge remembers: plain values, one type a collection, every time in ISO 8601, every id unique in its collection. */
import type { WorkflowEvent } from '../protocol/event.ts';
import type { Conclusion, JobRecord, RunRecord } from '../protocol/run.ts';

export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly name: string | null;
  readonly email: string | null;
  readonly siteAdmin: boolean;
  /** For a bot: the App it speaks for. */
  readonly appId?: number;
  /** For an organisation: who is in it. */
  readonly members?: readonly { readonly accountId: number; readonly role: 'member' | 'admin' }[];
  readonly oidcSubject?: OidcSubject;
  /** What an organisation's members may do in all its repositories; `read` unless set. */
  readonly baseRole?: Role | 'none';
  /** Whether an organisation wants to approve fine-grained tokens. */
  readonly approvesTokens?: boolean;
  /** An organisation's own roles, by people and teams that have them. */
  readonly roleAssignments?: readonly {
    readonly roleId: number;
    readonly accountId?: number;
    readonly teamId?: number;
  }[];
  readonly actions?: ActionsSettings;
  readonly createdAt: string;
}

/** How the `sub` of OIDC tokens is made, where an organisation or a repository says so. */
export interface OidcSubject {
  /** Claims in their order; absent: the default, or for a repository that does not use it, the organisation's. */
  readonly claimKeys?: readonly string[];
  /** For a repository. */
  readonly useDefault?: boolean;
  /** `owner@id/repo@id` */
  readonly immutable?: boolean;
}

/** Who may run what: of a repository, or of an organisation for all of its repositories. */
export interface ActionsSettings {
  readonly allowedActions?: 'all' | 'local_only' | 'selected';
  readonly selectedActions?: {
    readonly githubOwned: boolean;
    readonly verified: boolean;
    readonly patterns: readonly string[];
  };
  readonly shaPinning?: boolean;
  readonly forkApproval?: ForkApproval;
  /** Of private repositories. */
  readonly forks?: {
    readonly run: boolean;
    readonly writeTokens: boolean;
    readonly secrets: boolean;
    readonly approval: boolean;
  };
  readonly accessLevel?: 'none' | 'user' | 'organization';
  readonly retentionDays?: number;
  /** Of an organisation. */
  readonly enabledRepositories?: 'all' | 'none' | 'selected';
  readonly selectedRepositoryIds?: readonly number[];
  readonly defaultWorkflowPermissions?: 'read' | 'write';
  readonly canApprovePullRequestReviews?: boolean;
}

export type ForkApproval =
  | 'first_time_contributors_new_to_github'
  | 'first_time_contributors'
  | 'all_external_contributors';

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly ownerId: number;
  /** PEM; the private half is handed out once and never kept. */
  readonly publicKey: string;
  readonly botId: number;
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  /** What its hook is told of. */
  readonly events?: readonly string[];
  readonly createdAt: string;
}

export interface Installation {
  readonly id: number;
  readonly appId: number;
  readonly accountId: number;
  readonly repositoryIds: readonly number[] | 'all';
  readonly permissions: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  /** While it is suspended its tokens are refused. */
  readonly suspendedAt?: string;
  readonly suspendedById?: number;
  readonly createdAt: string;
}

export interface Token {
  readonly id: number;
  /** SHA-256 of the token in hex: the token itself is not kept. */
  readonly hash: string;
  readonly kind: 'classic' | 'fine-grained' | 'installation' | 'job';
  readonly accountId: number;
  readonly appId?: number;
  readonly installationId?: number;
  readonly jobId?: number;
  readonly repositoryIds: readonly number[] | 'all';
  /** Fine-grained, installation and job tokens. */
  readonly permissions?: Readonly<Record<string, 'read' | 'write' | 'admin'>>;
  /** Classic tokens. */
  readonly scopes?: readonly string[];
  readonly expiresAt: string | null;
  /** Fine-grained tokens: what their owner calls them. */
  readonly name?: string;
  /** Fine-grained tokens: whose repositories they are for; everybody's that the owner may see unless set. */
  readonly resourceOwnerId?: number;
  /** What the organisation said that they are for, where it wants to be asked. */
  readonly approval?: 'pending' | 'approved' | 'denied' | 'revoked';
  readonly createdAt?: string;
}

export type Role = 'read' | 'triage' | 'write' | 'maintain' | 'admin';

export interface Team {
  readonly id: number;
  readonly organizationId: number;
  readonly slug: string;
  readonly name: string;
  /** Without those of the teams below it. */
  readonly memberIds: readonly number[];
  /** Members who may change who is in it. */
  readonly maintainerIds?: readonly number[];
  readonly parentId?: number;
  readonly description?: string;
  readonly privacy?: 'closed' | 'secret';
  readonly repositories: readonly { readonly repositoryId: number; readonly role: Role }[];
}

export interface Repository {
  readonly id: number;
  readonly ownerId: number;
  readonly name: string;
  readonly private: boolean;
  readonly description: string | null;
  readonly defaultBranch: string;
  readonly collaborators: readonly { readonly accountId: number; readonly role: Role }[];
  readonly allowMergeCommit: boolean;
  readonly allowSquashMerge: boolean;
  readonly allowRebaseMerge: boolean;
  readonly allowAutoMerge: boolean;
  readonly deleteBranchOnMerge: boolean;
  readonly defaultWorkflowPermissions: 'read' | 'write';
  readonly canApprovePullRequestReviews: boolean;
  /** Workflows run unless this is false. */
  readonly actionsEnabled?: boolean;
  readonly actions?: ActionsSettings;
  readonly oidcSubject?: OidcSubject;
  readonly forkOf?: number;
  readonly createdAt: string;
  readonly pushedAt: string | null;
}

/** Where somebody wants to be told of events. An App has one, made with it. */
export interface Hook {
  readonly id: number;
  readonly scope: 'repository' | 'organization' | 'app';
  /** Repository, account or App id. */
  readonly scopeId: number;
  /** Empty for an App that has named none. */
  readonly url: string;
  readonly contentType: 'json' | 'form';
  /** Signs what is sent; answered to nobody. */
  readonly secret: string | null;
  readonly insecureSsl: boolean;
  /** `*` is every event. */
  readonly events: readonly string[];
  readonly active: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One attempt to tell a hook of one event, made or still to be made. */
export interface HookDelivery {
  readonly id: number;
  readonly hookId: number;
  /** The same for every attempt at one event. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly repositoryId: number | null;
  readonly installationId: number | null;
  readonly at: string;
  readonly redelivery: boolean;
  /** From 1: an attempt that fails is followed by another, a few times. */
  readonly attempt: number;
  readonly state: 'queued' | 'done';
  readonly seconds: number;
  readonly status: string;
  readonly statusCode: number;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>> | null;
  readonly responseBody: string | null;
}

export type RulesetTarget = 'branch' | 'tag' | 'push';

export interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly sourceType: 'Repository' | 'Organization';
  /** Repository or account id. */
  readonly sourceId: number;
  readonly target: RulesetTarget;
  readonly enforcement: 'active' | 'evaluate' | 'disabled';
  readonly conditions: {
    readonly ref_name?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
    /** Of an organisation's ruleset: the repositories it means. */
    readonly repository_name?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
    readonly repository_id?: { readonly repository_ids: readonly number[] };
  };
  /** As the API takes them. */
  readonly rules: readonly { readonly type: string; readonly parameters?: Readonly<Record<string, unknown>> }[];
  readonly bypassActors: readonly {
    readonly actor_id: number | null;
    readonly actor_type: 'Integration' | 'OrganizationAdmin' | 'RepositoryRole' | 'Team' | 'DeployKey' | 'User';
    readonly bypass_mode: 'always' | 'pull_request' | 'exempt';
  }[];
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** How a ruleset was, each time somebody changed it. */
export interface RulesetVersion {
  readonly id: number;
  readonly rulesetId: number;
  readonly actorId: number;
  readonly at: string;
  readonly state: Pick<Ruleset, 'name' | 'target' | 'enforcement' | 'conditions' | 'rules' | 'bypassActors'>;
}

/** What the rules said to one move of a ref: GitHub's "rule insights". */
export interface RuleSuite {
  readonly id: number;
  readonly repositoryId: number;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly actorId: number | null;
  readonly at: string;
  readonly result: 'pass' | 'fail' | 'bypass';
  /** As if the rulesets in evaluate mode were in force; null where there is none. */
  readonly evaluationResult: 'pass' | 'fail' | 'bypass' | null;
  readonly evaluations: readonly {
    readonly rulesetId: number;
    readonly rule: string;
    readonly enforcement: 'active' | 'evaluate';
    readonly result: 'pass' | 'fail';
    readonly details: string | null;
  }[];
}

export type MergeMethod = 'merge' | 'squash' | 'rebase';

export interface Pull {
  readonly id: number;
  readonly repositoryId: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: 'open' | 'closed';
  readonly draft: boolean;
  readonly authorId: number;
  /** The App through which a bot opened it. */
  readonly authorAppId?: number;
  /** Who changed its body last, after it was opened. */
  readonly editorId?: number;
  readonly headRepositoryId: number;
  /** Branch names, without `refs/heads/`. */
  readonly headRef: string;
  readonly headSha: string;
  readonly baseRef: string;
  readonly baseSha: string;
  /** `refs/pull/N/merge` for this head and base; null where they conflict. */
  readonly mergeRefSha: string | null;
  readonly labels: readonly string[];
  readonly requestedReviewerIds: readonly number[];
  readonly requestedTeamIds: readonly number[];
  readonly autoMerge: {
    readonly enabledById: number;
    readonly enabledByAppId?: number;
    readonly method: MergeMethod;
    readonly commitTitle: string | null;
    readonly commitMessage: string | null;
    readonly enabledAt: string;
  } | null;
  readonly merged: boolean;
  readonly mergedAt: string | null;
  readonly mergedById: number | null;
  readonly mergeCommitSha: string | null;
  /** Who pushed the head commit, for last-push approval. */
  readonly lastPusherId: number;
  /** Whether those who may write to the base may push to the fork's branch. */
  readonly maintainerCanModify?: boolean;
  readonly assigneeIds?: readonly number[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  /** What is owed since head or base moved: the merge ref, and with an action the event that waits for it. */
  readonly owed?: { readonly action?: string; readonly before?: string; readonly actor?: Actor };
  /** Merged, and its head branch is still to be deleted, by who merged it: also after a kill. */
  readonly headToDelete?: Actor;
  /** The merge under way: the base branch reaching `sha` completes it, also after a kill. */
  readonly merging?: { readonly sha: string; readonly actor: Actor };
}

/** Who did something, as an identity that outlives its request. */
export interface Actor {
  readonly kind: 'user' | 'installation' | 'job' | 'system';
  readonly accountId: number;
  readonly appId?: number;
}

export interface Review {
  readonly id: number;
  readonly repositoryId: number;
  readonly pullId: number;
  readonly authorId: number;
  readonly state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  readonly body: string;
  readonly commitSha: string;
  readonly submittedAt: string;
}

/** A conversation on a file of a pull request's difference. */
export interface ReviewThread {
  readonly id: number;
  readonly repositoryId: number;
  readonly pullId: number;
  readonly path: string;
  readonly resolvedById: number | null;
}

/** A comment in such a conversation; part of a review that may be pending still. */
export interface ReviewComment {
  readonly id: number;
  readonly repositoryId: number;
  readonly pullId: number;
  readonly threadId: number;
  readonly reviewId: number;
  readonly authorId: number;
  readonly body: string;
  readonly path: string;
  readonly commitSha: string;
  /** Null where the whole file is meant. */
  readonly line: number | null;
  readonly startLine: number | null;
  readonly side: 'LEFT' | 'RIGHT';
  readonly startSide: 'LEFT' | 'RIGHT' | null;
  /** The part of the difference down to the line, and how many lines down that is. */
  readonly diffHunk: string;
  readonly position: number;
  readonly inReplyToId: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Comments of issues and pull requests. */
export interface Comment {
  readonly id: number;
  readonly repositoryId: number;
  readonly issueNumber: number;
  readonly authorId: number;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Issue {
  readonly id: number;
  readonly repositoryId: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: 'open' | 'closed';
  readonly authorId: number;
  readonly labels: readonly string[];
  readonly assigneeIds: readonly number[];
  readonly stateReason?: 'completed' | 'not_planned' | 'duplicate' | 'reopened';
  readonly closedById?: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
}

export interface Label {
  readonly id: number;
  readonly repositoryId: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

/** A GitHub Release: a tag with a text. */
export interface GithubRelease {
  readonly id: number;
  readonly repositoryId: number;
  readonly tag: string;
  /** The branch or commit that the tag was made at. */
  readonly target: string;
  readonly name: string | null;
  readonly body: string | null;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly authorId: number;
  readonly createdAt: string;
  readonly publishedAt: string | null;
  readonly assets?: readonly ReleaseAsset[];
}

/** A file of a release; its bytes are in the forge's folder under its id. */
export interface ReleaseAsset {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly contentType: string;
  readonly size: number;
  readonly uploaderId: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface CommitStatus {
  readonly id: number;
  readonly repositoryId: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creatorId: number;
  readonly appId: number | null;
  readonly createdAt: string;
}

export interface CheckSuite {
  readonly id: number;
  readonly repositoryId: number;
  readonly appId: number;
  readonly sha: string;
  readonly branch: string | null;
  readonly runId?: number;
  readonly createdAt: string;
}

export interface CheckRun {
  readonly id: number;
  readonly repositoryId: number;
  readonly suiteId: number;
  readonly appId: number;
  readonly sha: string;
  readonly name: string;
  readonly status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'pending';
  readonly conclusion: Conclusion | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly detailsUrl: string | null;
  readonly externalId: string;
  readonly output: {
    readonly title: string | null;
    readonly summary: string | null;
    readonly text: string | null;
    readonly annotations: readonly import('../protocol/run.ts').Annotation[];
  };
  readonly createdAt: string;
}

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

export interface ScopedValue {
  readonly id: number;
  readonly scope: 'organization' | 'repository' | 'environment';
  /** Account, repository or environment id. */
  readonly scopeId: number;
  /** Upper case. */
  readonly name: string;
  readonly value: string;
  /** Of an organisation: which of its repositories see it. */
  readonly visibility?: 'all' | 'private' | 'selected';
  readonly selectedRepositoryIds?: readonly number[];
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

export interface WorkflowRow {
  readonly id: number;
  readonly repositoryId: number;
  readonly path: string;
  readonly name: string;
  readonly state: 'active' | 'deleted' | 'disabled_manually';
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A run, and what the API says of it beyond the protocol. */
export interface RunRow extends RunRecord {
  readonly repositoryId: number;
  readonly suiteId: number;
  readonly event: string;
  readonly pullRequests: readonly number[];
  /** Ids of the attempt's jobs are in the jobs collection, by run and attempt. */
  readonly headRepositoryId: number;
  /** What the current attempt runs again. */
  readonly rerun?: 'all' | 'failed' | number;
  /** Earlier attempts as they ended, oldest first. */
  readonly previousAttempts?: readonly Omit<RunRow, 'previousAttempts'>[];
}

export interface JobRow extends JobRecord {
  readonly repositoryId: number;
}

/** Of `actions/upload-artifact`; its bytes are the blob. */
export interface ArtifactRow {
  readonly id: number;
  readonly repositoryId: number;
  readonly runId: number;
  readonly attempt: number;
  readonly jobId: number;
  readonly name: string;
  /** Bytes; null until the upload is complete. */
  readonly size: number | null;
  /** `sha256:…` */
  readonly digest: string | null;
  readonly mimeType: string;
  readonly blob: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string;
}

/** An entry of the Actions cache. */
export interface CacheRow {
  readonly id: number;
  readonly repositoryId: number;
  /** The scope: the ref of the run that saved it. */
  readonly ref: string;
  readonly key: string;
  /** Of what is in it: its paths and compression, hashed by the client. */
  readonly version: string;
  /** Bytes; null until the upload is complete. */
  readonly size: number | null;
  readonly blob: string;
  readonly createdAt: string;
  readonly accessedAt: string;
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

/** Events and commands that the runner has not settled. */
export interface OutboxRow {
  readonly id: number;
  readonly command:
    | { readonly kind: 'event'; readonly event: WorkflowEvent }
    | { readonly kind: 'cancel'; readonly runId: number; readonly force: boolean }
    | {
        readonly kind: 'rerun';
        readonly runId: number;
        readonly jobs: 'all' | 'failed' | number;
        readonly debug: boolean;
      };
}

/** A commit that the forge made itself; its SHA is its content, so it holds in every repository. */
export interface SignedCommit {
  readonly id: number;
  readonly sha: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Written before a ref moves and removed with its consequences: what a killed forge left half done. */
export interface RefIntent {
  readonly id: number;
  readonly repositoryId: number;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly actorId: number;
  readonly appId?: number;
  readonly tokenKind: Token['kind'] | 'system';
}
