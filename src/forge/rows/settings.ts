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
