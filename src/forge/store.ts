import type { Clock } from '../ports.ts';
import type { WorkflowEvent } from '../protocol/event.ts';
import type * as rows from './rows.ts';
import { openJournaledStore } from './store/journaled-store.ts';

/** Rows by id and by named keys; `put` replaces. Only inside `Store.transaction`. */
export interface Collection<Row extends { readonly id: number }, Index extends string = never> {
  get(id: number): Row | undefined;
  /** Rows whose key is this, lowest id first; store/indexes.ts says what each index's key is. */
  by(index: Index, key: string | number): readonly Row[];
  values(): IterableIterator<Row>;
  readonly size: number;
  put(row: Row): void;
  delete(id: number): void;
}

/**
 * Everything the forge knows apart from git objects: in memory, with an append-only journal.
 * A transaction is one line of the journal: after a kill it is there whole or not at all.
 */
export interface Store {
  readonly accounts: Collection<rows.Account, 'login'>;
  readonly apps: Collection<rows.App, 'slug'>;
  readonly installations: Collection<rows.Installation, 'app' | 'account'>;
  readonly tokens: Collection<rows.Token, 'hash' | 'job'>;
  readonly teams: Collection<rows.Team, 'organization'>;
  readonly repositories: Collection<rows.Repository, 'fullName' | 'owner'>;
  readonly rulesets: Collection<rows.Ruleset, 'repository' | 'organization'>;
  readonly hooks: Collection<rows.Hook, 'scope'>;
  readonly hookDeliveries: Collection<rows.HookDelivery, 'hook'>;
  readonly rulesetVersions: Collection<rows.RulesetVersion, 'ruleset'>;
  readonly ruleSuites: Collection<rows.RuleSuite, 'repository'>;
  readonly pulls: Collection<rows.Pull, 'repository' | 'number' | 'head' | 'base' | 'headSha'>;
  readonly reviews: Collection<rows.Review, 'pull'>;
  readonly reviewThreads: Collection<rows.ReviewThread, 'pull'>;
  readonly reviewComments: Collection<rows.ReviewComment, 'pull' | 'thread' | 'review'>;
  readonly comments: Collection<rows.Comment, 'issue'>;
  readonly issues: Collection<rows.Issue, 'repository' | 'number'>;
  readonly labels: Collection<rows.Label, 'repository'>;
  readonly milestones: Collection<rows.Milestone, 'repository'>;
  readonly reactions: Collection<rows.Reaction, 'subject'>;
  readonly deployKeys: Collection<rows.DeployKey, 'repository'>;
  readonly customProperties: Collection<rows.CustomProperty, 'organization'>;
  readonly githubReleases: Collection<rows.GithubRelease, 'repository'>;
  readonly statuses: Collection<rows.CommitStatus, 'commit'>;
  readonly checkSuites: Collection<rows.CheckSuite, 'commit'>;
  readonly checkRuns: Collection<rows.CheckRun, 'commit' | 'suite'>;
  readonly environments: Collection<rows.EnvironmentRow, 'repository'>;
  readonly secrets: Collection<rows.ScopedValue, 'scope'>;
  readonly variables: Collection<rows.ScopedValue, 'scope'>;
  readonly deployments: Collection<rows.Deployment, 'repository'>;
  readonly deploymentStatuses: Collection<rows.DeploymentStatus, 'deployment'>;
  readonly workflows: Collection<rows.WorkflowRow, 'repository'>;
  readonly runs: Collection<rows.RunRow, 'repository' | 'event' | 'workflow' | 'headSha'>;
  readonly jobs: Collection<rows.JobRow, 'run'>;
  readonly artifacts: Collection<rows.ArtifactRow, 'repository' | 'run' | 'blob'>;
  readonly caches: Collection<rows.CacheRow, 'repository' | 'blob'>;
  readonly pendingDeployments: Collection<rows.PendingDeployment, 'run' | 'job'>;
  readonly outbox: Collection<rows.OutboxRow>;
  /** Events that started runs, kept for reruns and for what a killed lab left; ids are the outbox's. */
  readonly events: Collection<WorkflowEvent>;
  readonly signedCommits: Collection<rows.SignedCommit, 'sha'>;
  readonly branchPushes: Collection<rows.BranchPush, 'ref'>;
  readonly refIntents: Collection<rows.RefIntent, 'repository'>;

  /** All puts and deletes of `work` reach the journal together, or, if it throws, not at all. Nested ones join the outer. */
  transaction<Result>(work: () => Result): Result;
  /** A new id, unique and rising; `sequence` names a counter of its own (`number:<repository id>` for issues and pulls). */
  next(sequence: string): number;
  /** Calls back after each transaction with the collections it touched; returns how to stop. */
  watch(listener: (touched: ReadonlySet<string>) => void): () => void;
  /** Writes a snapshot, so that the next start replays nothing. */
  close(): Promise<void>;
}

/**
 * Opens the store in a folder, or starts one there. One process at a time.
 * @throws LAB_RUNNING when another process has it open
 */
export async function openStore(folder: string, clock: Clock): Promise<Store> {
  return openJournaledStore(folder, clock);
}
