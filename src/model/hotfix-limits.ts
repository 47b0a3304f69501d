import type { SkippableGate } from './gates.ts';

/** What a hotfix may skip, how large it may be, how often, and by when its debt is due. */
export interface HotfixLimits {
  readonly skip: readonly SkippableGate[];
  /** Changed lines between the release that runs and the hotfix. */
  readonly lines: number;
  readonly quota: {
    /** So many in seven days; one more is refused until it is reviewed. */
    readonly week: number;
    /** So many of one author in ninety days. */
    readonly author: number;
  };
  /** Milliseconds after it was shipped. */
  readonly due: {
    readonly forwardPort: number;
    readonly backFill: number;
    readonly cleanup: number;
    readonly postMortem: number;
  };
}

const hour = 3_600_000;

export const defaultHotfixLimits: HotfixLimits = {
  skip: ['order', 'synced', 'healthy'],
  lines: 50,
  quota: { week: 3, author: 8 },
  due: { forwardPort: 24 * hour, backFill: 24 * hour, cleanup: 24 * hour, postMortem: 48 * hour },
};
