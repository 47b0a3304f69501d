import type { Clock } from '../ports.ts';
import type { Store } from './store.ts';

/** GitHub's own App for Actions; `integration_id` of required checks names it. */
export const actionsAppId = 15368;

/** What every part of the forge is handed. Nothing in it is global: two forges in one process do not meet. */
export interface Forge {
  readonly store: Store;
  readonly clock: Clock;
  /** Cryptographically random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** Bare repositories live in `<folder>/git/<repository id>.git`, job logs in `<folder>/logs`. */
  readonly folder: string;
  /** As clients see it: `https://github.com`, `https://api.github.com`. */
  readonly urls: { readonly html: string; readonly api: string };
}
