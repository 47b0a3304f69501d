import type { Problem } from '../errors.ts';

/** What a command would do, as a value: printed by --dry-run, carried out by apply. */
export interface Plan {
  readonly operations: readonly Operation[];
  /** Why, and what is left undone on purpose: a sentence each, for people. */
  readonly reasons: readonly string[];
  /** What could not be planned, and keeps nothing else from being done: the command fails with it at its end. */
  readonly problems?: readonly Problem[];
}

export interface FileChange {
  readonly path: string;
  readonly text: string;
}

/** First line and body. */
export interface CommitMessage {
  readonly headline: string;
  readonly body: string;
}

/** One pull request for one service is squashed; a batch keeps a commit for each of its services. */
export type MergeMethod = 'SQUASH' | 'REBASE';

/** An issue that is opened with a pull request, once: with this title there is one at a time. */
export interface OwnedIssue {
  readonly title: string;
  readonly body: string;
  /** GraphQL node id of who answers for it, where it is known. */
  readonly assigneeId?: string;
}

/** A commit on a branch of its own and the pull request that carries it. */
export interface PullContent {
  /** Deterministic, so that a rerun finds what an earlier run made. */
  readonly branch: string;
  readonly baseOid: string;
  readonly files: readonly FileChange[];
  /** First line and body of the commit; the merge's too. */
  readonly commit: CommitMessage;
  readonly title: string;
  readonly body: string;
  /** `auto`: merges by itself once checks and policy pass; `now`: at once, by an App that may, else as `auto`. */
  readonly merge: 'auto' | 'manual' | 'now';
  readonly issue?: OwnedIssue;
}

/** A commit of a batch, and what its pull request says once it is there; one without files only says it. */
export interface BatchStep {
  readonly files: readonly FileChange[];
  readonly commit: CommitMessage;
  /** The title stays where there is none. */
  readonly title?: string;
  readonly body: string;
}

export type Operation =
  | ({ readonly kind: 'open'; readonly repositoryId: string; readonly base: string } & PullContent)
  /** Puts an open pull request on the current base, its branch set anew. */
  | ({
      readonly kind: 'update';
      readonly repositoryId: string;
      readonly pull: PullName & { readonly refId?: string };
    } & PullContent)
  | {
      readonly kind: 'arm';
      readonly repositoryId: string;
      readonly pull: PullName;
      readonly headOid: string;
      readonly commit: CommitMessage;
      /** As `now` of a pull request that is opened. */
      readonly now?: true;
      /** Its body from then on, where that changes. */
      readonly body?: string;
      readonly issue?: OwnedIssue;
    }
  /**
   * Puts commits on a branch, one for each service, and lets its pull request merge by itself; the first step opens
   * one that is not there yet.
   */
  | {
      readonly kind: 'batch';
      readonly repositoryId: string;
      readonly base: string;
      readonly branch: string;
      /** What the first commit goes upon: the head of an open batch, the base branch's for a new one. */
      readonly headOid: string;
      readonly pull?: PullName & { readonly armed: boolean; readonly refId?: string };
      readonly steps: readonly BatchStep[];
    }
  /** A branch of ours that nothing stands for. */
  | { readonly kind: 'delete-branch'; readonly branch: string; readonly refId: string }
  /** Keeps an armed pull request from merging by itself; `body` says why where it is held. */
  | { readonly kind: 'disarm'; readonly pull: PullName; readonly body?: string }
  /** Closed with a comment that names what took its place: pull requests that this plan opens, by branch, or a sentence. Its branch goes. */
  | {
      readonly kind: 'close';
      readonly pull: PullName & { readonly refId?: string };
      readonly branch: string;
      readonly because: string;
      readonly by?: readonly string[];
    }
  | {
      readonly kind: 'status';
      readonly sha: string;
      readonly context: string;
      readonly state: 'success' | 'failure' | 'pending';
      readonly description: string;
      readonly url?: string;
    }
  /** A deployment status on a published release: its acknowledgement. `branch` names the pull request to link. */
  | {
      readonly kind: 'acknowledge';
      readonly repository: string;
      readonly record: number;
      /** Its GraphQL node id: acknowledgements of many go in one request. */
      readonly recordId?: string;
      readonly state: 'success' | 'inactive';
      readonly description: string;
      readonly branch?: string;
      readonly url?: string;
    }
  /** Keeps a release that a foreign sender's payload offers, as a deployment of the infra repository to `published`. */
  | {
      readonly kind: 'record';
      readonly ref: string;
      readonly description: string;
      readonly payload: Readonly<Record<string, string | number>>;
    }
  | { readonly kind: 'create-branch'; readonly repository: string; readonly branch: string; readonly sha: string };

export interface PullName {
  readonly id: string;
  readonly number: number;
  readonly url: string;
}

/** Who asked, as far as the surroundings tell. */
export interface Request {
  /** Login; a run's actor where there is a run. */
  readonly requester: string;
  /** URL of the run. */
  readonly run?: string;
}
