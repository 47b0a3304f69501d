import type { AwsRole } from '../aws/read-roles.ts';
import type { PackageRole } from '../registry/registry-access.ts';

/** A GitHub that scenarios are carried out on: the lab's, github.com, GitHub Enterprise. All else goes through git and its API. */
export interface GitHubUnderTest {
  readonly urls: {
    /** Where git clones from: https://github.com */
    readonly html: string;
    readonly api: string;
    /** Where git reaches the same without TLS, which costs it as much as a fetch; on this machine only. */
    readonly direct?: string;
  };
  /** Reaches its API, the registry and what was deployed. */
  readonly fetch: typeof globalThis.fetch;
  /** What git and our own command need in their environment to reach it; with a token, as whose it is. */
  env(token?: string): Readonly<Record<string, string>>;
  /** Resolves when nothing is under way that was caused so far. */
  idle(): Promise<void>;
  /** Puts people, teams and Apps there, or finds those that it was told of. */
  cast(wanted: WantedCast): Promise<GivenCast>;
  /** Lets jobs of another repository have the packages of one; absent where a person has to do it by hand. */
  readonly sharePackages?: (owner: string, other: string, role: PackageRole) => Promise<void>;
  /** Makes a role of AWS that jobs assume; absent where somebody has to do it by hand. */
  readonly makeAwsRole?: (arn: string, role: AwsRole) => void;
  /** What was done otherwise than asked, a sentence each. */
  readonly notes: readonly string[];
}

export type Grants = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

export interface WantedCast {
  /** `owner/name` of repositories that the scenario is about to make. */
  readonly repositories: readonly string[];
  /** Names of parts; `owner` owns the repositories' organisations, all others are members. */
  readonly roles: readonly string[];
  /** Team's slug → roles. */
  readonly teams: ReadonlyMap<string, readonly string[]>;
  readonly apps: Readonly<Record<string, AppWanted>>;
}

export interface AppWanted {
  readonly permissions: Grants;
  /** Of the repositories, those that it is installed on. */
  readonly repositories: readonly string[];
}

export interface GivenCast {
  /** By role. */
  readonly people: ReadonlyMap<string, Account>;
  /** By the names under which they were wanted. */
  readonly apps: ReadonlyMap<string, AppOnStage>;
  /** What could not be done before the repositories were there: teams, `writers` and Apps get their place in them. */
  joinRepositories(writers: readonly string[]): Promise<void>;
}

export interface Account {
  readonly login: string;
  readonly token: string;
}

export interface AppOnStage {
  readonly id: number;
  readonly slug: string;
  readonly privateKey: string;
}
