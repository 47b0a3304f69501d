import type { Token } from './identity.ts';

/** A commit that the forge made itself; its SHA is its content, so it holds in every repository. */
export interface SignedCommit {
  readonly id: number;
  readonly sha: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Who moved a branch last: a pull request that is opened later knows by it who pushed what it asks to merge. */
export interface BranchPush {
  readonly id: number;
  readonly repositoryId: number;
  /** Whole: `refs/heads/x`. */
  readonly ref: string;
  readonly accountId: number;
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
