import type { OpenPull, Step } from './state.ts';

/** How a release that is offered stands to an environment. */
export interface Standing {
  /** To what is pinned; absent where nothing is, or where nobody said what the offer was built from. */
  readonly pinned?: Step;
  /** To what other bumps propose. */
  readonly rivals: readonly { readonly pull: OpenPull; readonly step: Step }[];
}
