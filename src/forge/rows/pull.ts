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
  readonly milestoneId?: number;
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
