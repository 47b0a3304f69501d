import type { Digest } from '../../model/digest.ts';
import type { Deployed, PublishedRelease, State, Step } from '../state.ts';
import type { SignatureVerdict } from './signature-gate.ts';

/** Everything that the policy judges a pull request by; `state` is the base branch as it is now. */
export interface PolicyFacts {
  readonly state: State;
  readonly pull: JudgedPull;
  /** Manifests, holds and hotfixes where the pull request left the base branch. */
  readonly before: ReadonlyMap<string, string>;
  /** The same at its head. */
  readonly after: ReadonlyMap<string, string>;
  /** The run that its body names, where it exists in the infra repository. */
  readonly run?: { readonly actor: string; readonly triggeringActor: string };
  /** Team's slug → logins. */
  readonly teams: ReadonlyMap<string, readonly string[]>;
  readonly published: readonly PublishedRelease[];
  readonly deployments: readonly Deployed[];
  /** From what is pinned to what shall be, by `stepKey`, where a hotfix is pinned that must not be lost. */
  readonly steps?: ReadonlyMap<string, Step>;
  /** By `signatureKey`, of what shall be pinned, where its repository must sign. */
  readonly signatures?: ReadonlyMap<string, SignatureVerdict>;
}

export function stepKey({ service, environment }: { readonly service: string; readonly environment: string }): string {
  return JSON.stringify([service, environment]);
}

export interface JudgedPull {
  readonly number: number;
  readonly author: string;
  /** Whether the delivery App, as which the policy runs, opened it. */
  readonly delivery: boolean;
  readonly headOid: string;
  readonly body: string;
  /** Who changed the body after it was written. */
  readonly editedBy?: string;
  readonly paths: readonly string[];
  /** Logins that wrote or committed; undefined for somebody without an account. */
  readonly authors: readonly (string | undefined)[];
  /** The latest verdict of each reviewer. */
  readonly reviews: readonly {
    readonly author: string;
    readonly state: 'APPROVED' | 'CHANGES_REQUESTED';
    readonly commit: string;
    /** ISO 8601 */
    readonly at?: string;
  }[];
  /** Checks and statuses of the head, by whole name. */
  readonly checks: readonly { readonly name: string; readonly state: 'success' | 'pending' | 'failure' }[];
}

/** One service's pin in one environment that the pull request changes. */
export interface PinChange {
  readonly service: string;
  readonly environment: string;
  readonly before: Digest | undefined;
  /** Undefined where it is taken away or is no digest. */
  readonly after: Digest | undefined;
}

/** What one gate says. */
export interface Verdict {
  readonly gate: string;
  readonly ok: boolean;
  readonly reason: string;
  /** Refused for now: nothing is wrong with the pull request itself. */
  readonly waits?: boolean;
  /** When time alone may change it, in milliseconds since the epoch. */
  readonly due?: number;
}
