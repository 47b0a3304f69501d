import type { EnvironmentsConfig } from '../config/config.ts';
import type { Pin } from '../manifest/pin.ts';
import type { Digest } from '../model/digest.ts';
import type { Hold } from '../model/hold.ts';
import type { Hotfix } from '../model/hotfix.ts';
import type { Release, Source } from '../model/release.ts';
import type { CommitGraph } from './commit-graph.ts';

/** What is, read at one moment from the infra repository; planners know nothing else. */
export interface State {
  /** `owner/name` of the infra repository. */
  readonly repository: string;
  /** Its GraphQL node id. */
  readonly repositoryId: string;
  readonly defaultBranch: string;
  /** The default branch's commit from which all texts are. */
  readonly baseOid: string;
  readonly config: EnvironmentsConfig;
  /** Path → text at `baseOid`: manifests, holds and hotfixes that exist. */
  readonly files: ReadonlyMap<string, string>;
  readonly holds: readonly Hold[];
  readonly hotfixes: readonly Hotfix[];
  /** Open pull requests whose branch starts with `trunkline/`. */
  readonly pulls: readonly OpenPull[];
  /** Where environments want bumps batched. */
  readonly batches?: Batches;
  /** Every open pull request into the default branch, whoever opened it. */
  readonly judged?: readonly JudgedState[];
  /** What the accepted repositories have published, newest first, and their recent commits; where a command asked. */
  readonly releases?: Releases;
  /** Open issues, newest first; filled where a command asked for them. */
  readonly issues?: readonly { readonly number: number; readonly title: string; readonly body: string }[];
  /** GraphQL node id of who asks; where a command asked, and it is a person. */
  readonly owner?: string;
  /** Newest first; filled where a command asked for them. */
  readonly deployments: readonly Deployed[];
  /** Environments that have older ones, and the cursor at which those begin. */
  readonly older?: ReadonlyMap<string, string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Releases {
  readonly published: readonly PublishedRelease[];
  /** Accepted repositories that GitHub does not show: nobody knows what they published. */
  readonly unreadable?: readonly string[];
  readonly graph: CommitGraph;
}

/** Pull requests that bring several services, one commit for each. */
export interface Batches {
  readonly open: readonly OpenBatch[];
  /** Why none may be made. */
  readonly off?: string;
  /** Branches of batches without an open pull request that nobody is making any more. */
  readonly left: readonly { readonly branch: string; readonly refId: string }[];
}

export interface OpenBatch {
  readonly pull: OpenPull;
  readonly environment: string;
  /** Texts of the manifests at its head. */
  readonly files: ReadonlyMap<string, string>;
  /** What its commits bring. */
  readonly bumps: readonly BatchedBump[];
  /** Of its head: `none` while nothing has begun to look at it. */
  readonly checks: 'none' | 'started' | 'red';
}

export interface BatchedBump {
  readonly service: string;
  readonly digest: Digest;
  readonly source?: Source;
}

/** What the policy last said of a pull request; nothing where it was never judged. */
export interface JudgedState {
  readonly number: number;
  readonly policy?: { readonly state: string; readonly description: string };
}

export interface OpenPull {
  readonly id: string;
  readonly number: number;
  readonly url: string;
  /** Branch, without `refs/heads/`. */
  readonly branch: string;
  readonly headOid: string;
  /** Node id of the branch; absent where it is gone. */
  readonly refId?: string;
  readonly mergeable: 'MERGEABLE' | 'CONFLICTING' | 'UNKNOWN';
  readonly armed: boolean;
  readonly body: string;
  /** The policy's own status on its head, as it was last written. */
  readonly policy?: { readonly state: string; readonly description: string };
}

/** A release that was brought into an environment, by its deployment record. */
export interface Deployed {
  /** Of GitHub's deployment; absent where nobody asked. */
  readonly id?: number;
  readonly service: string;
  readonly environment: string;
  readonly digest: Digest;
  /** Commit of the infra repository. */
  readonly commit: string;
  /** Whether it was healthy once. */
  readonly succeeded: boolean;
  /** What was reported of it, newest first; absent where nobody asked. */
  readonly reports?: readonly HealthReport[];
  /** ISO 8601 */
  readonly at: string;
}

/** A deployment status: `SUCCESS` is healthy, everything else is not. */
export interface HealthReport {
  readonly state: string;
  /** ISO 8601 */
  readonly at: string;
}

/** A release as its application repository recorded it: a deployment to the environment `published`. */
export interface PublishedRelease extends Release {
  /** Id of the deployment. */
  readonly record: number;
  /** Its GraphQL node id. */
  readonly recordId?: string;
  readonly repository: string;
  /** Where its record is, unless that is the repository itself: a foreign sender's is in the infra repository. */
  readonly recordedIn?: string;
  /** Whether the record has been acknowledged. */
  readonly delivered: boolean;
  /** Holds a change of the data that earlier releases cannot live with. */
  readonly incompatible?: boolean;
  readonly at: string;
}

/** How one commit stands to another: `newer` when it descends from it. */
export type Ancestry = 'same' | 'newer' | 'older' | 'diverged' | 'unknown';

/** Commits that lie between two releases, oldest first; absent where they could not be read. */
export interface Step {
  readonly ancestry: Ancestry;
  readonly commits?: readonly StepCommit[];
}

/** A service's place: what the manifest pins, if it pins anything yet. */
export interface Place {
  readonly service: string;
  readonly environment: string;
  readonly file: string;
  readonly pin: Pin | undefined;
}

export interface StepCommit {
  readonly sha: string;
  readonly subject: string;
  /** Commits, and hotfix branches by name, that it says it brings along. */
  readonly ports?: readonly string[];
}
