import type { Digest } from './digest.ts';

/** A release that may enter an environment without passing every gate, on record with its debt. */
export interface Hotfix {
  readonly service: string;
  readonly environment: string;
  readonly digest: Digest;
  readonly reason: string;
  readonly incident?: string;
  readonly author: string;
  /** ISO 8601, in UTC. */
  readonly since: string;
  /** Environments that it did not pass. */
  readonly skipped: readonly string[];
  /** Gates that it is let past, as far as `hotfix.skip` allows them. */
  readonly gates: readonly string[];
  /** The branch it was published from and its commit. */
  readonly branch?: string;
  readonly commit?: string;
  /** Changed lines between what ran and the hotfix. */
  readonly lines?: number;
  /** ISO 8601 by which each debt is due. */
  readonly due: Readonly<Partial<Record<Debt, string>>>;
  /** Debts that people wrote down as paid. */
  readonly paid: readonly Debt[];
}

/** What a hotfix owes: the fix on main, the skipped environments, the whole pipeline, an account of what happened. */
export const debts = ['forward-port', 'back-fill', 'cleanup', 'post-mortem'] as const;

export type Debt = (typeof debts)[number];
