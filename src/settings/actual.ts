import type { BypassActor, Rule } from './rule.ts';
import type { Seen } from './seen.ts';
import type { BranchPolicy, Reviewer } from './wanted.ts';

/** What is really set, as far as the token can read it. */
export interface ActualSettings {
  /** `owner/name` */
  readonly repository: string;
  readonly id: number;
  readonly owner: { readonly login: string; readonly id: number; readonly organization: boolean };
  readonly private: boolean;
  /** Whether anybody may make a fork. */
  readonly forkable: boolean;
  readonly branch: string;
  /** Texts of files of the default branch; null for one that is not there. */
  readonly files: Readonly<Record<'config' | 'codeowners', Seen<string | null>>>;
  /** The repository's own; those of its organisation are not changed here. */
  readonly rulesets: Seen<readonly ActualRuleset[]>;
  readonly environments: Seen<readonly ActualEnvironment[]>;
  readonly actions: Seen<Readonly<Record<string, unknown>>>;
  readonly workflows: Seen<Readonly<Record<string, unknown>>>;
  readonly forkApproval: Seen<string>;
  readonly privateForks: Seen<Readonly<Record<string, boolean>>>;
  readonly merging: Seen<Readonly<Record<string, boolean>>>;
  readonly subject: Seen<Subject>;
  /** Checks and statuses that some pull request or the default branch has really got. */
  readonly checks: Seen<readonly SeenCheck[]>;
}

export interface ActualRuleset {
  readonly id: number;
  readonly name: string;
  readonly target: string;
  readonly enforcement: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly rules: readonly Rule[];
  readonly bypass: Seen<readonly BypassActor[]>;
  /** Read whole, so that it can be replaced without losing what is not named. */
  readonly whole: boolean;
}

export interface ActualEnvironment {
  readonly name: string;
  readonly reviewers: readonly Reviewer[];
  readonly preventSelfReview: boolean;
  readonly wait: number;
  readonly adminsBypass: Seen<boolean>;
  /** Which refs may deploy: all; those that are protected; or those that match. */
  readonly branches: Seen<'all' | 'protected' | readonly ActualPolicy[]>;
}

export interface ActualPolicy extends BranchPolicy {
  readonly id: number;
}

export interface SeenCheck {
  readonly context: string;
  /** Of a check run. */
  readonly app?: number;
  /** Of a status: who wrote it. */
  readonly creator?: string;
}

/** How the `sub` of a job's OIDC token begins and is made. */
export interface Subject {
  readonly useDefault: boolean;
  readonly immutable: boolean;
  /** As GitHub says itself: `repo:acme/app`, or `repo:acme@1/app@2`. */
  readonly prefix: string;
}
