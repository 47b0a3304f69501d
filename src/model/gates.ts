/** What must hold before a release enters an environment, besides approvals. */
export interface Gates {
  /** The environment before must have the release deployed, and its latest deployment succeeded. */
  readonly synced: boolean;
  /** … and must have had it, continuously healthy, for so many milliseconds. */
  readonly healthy?: number;
  /** Names of freezes that close the environment. */
  readonly freeze: readonly string[];
  /** Trailers that the pull request's body must carry. */
  readonly trailers: readonly string[];
  /** Checks or statuses that must be green on the pull request's head, by their whole name. */
  readonly checks: readonly string[];
}

export const noGates: Gates = { synced: false, freeze: [], trailers: [], checks: [] };

/** Gates that a hotfix can be let past, by the words of `hotfix.skip`. */
export const skippableGates = ['order', 'synced', 'healthy', 'freeze', 'checks'] as const;

export type SkippableGate = (typeof skippableGates)[number];
