import type * as rows from '../rows.ts';
import type { Store } from '../store.ts';
import type { IndexKeys, Row } from './table.ts';

export type CollectionName = {
  [Name in keyof Store]: Store[Name] extends { readonly size: number } ? Name : never;
}[keyof Store];

type RowOf<Name extends CollectionName> = Store[Name] extends { get(id: number): infer Row | undefined }
  ? NonNullable<Row>
  : never;
type IndexOf<Name extends CollectionName> = Parameters<Store[Name]['by']>[0];
type Accounts = (id: number) => rows.Account | undefined;

/** A row's key in an index; undefined keeps it out. */
type Key<R> = (row: R, accounts: Accounts) => string | number | undefined;

type Indexes = { [Name in CollectionName]: Record<IndexOf<Name>, Key<RowOf<Name>>> };

const byRepository = (row: { readonly repositoryId: number }): number => row.repositoryId;
const byNumber = (row: { readonly repositoryId: number; readonly number: number }): string =>
  `${row.repositoryId}/${row.number}`;
const byCommit = (row: { readonly repositoryId: number; readonly sha: string }): string =>
  `${row.repositoryId}/${row.sha}`;
const byScope = (row: rows.ScopedValue): string => `${row.scope}/${row.scopeId}`;

/** The key of each index. Text keys do not mind upper and lower case where `caseless` names them. */
const indexes: Indexes = {
  accounts: { login: (row) => row.login },
  apps: { slug: (row) => row.slug },
  installations: { app: (row) => row.appId, account: (row) => row.accountId },
  tokens: { hash: (row) => row.hash, job: (row) => row.jobId },
  teams: { organization: (row) => row.organizationId },
  repositories: {
    fullName: (row, accounts) => `${accounts(row.ownerId)?.login ?? row.ownerId}/${row.name}`,
    owner: (row) => row.ownerId,
  },
  rulesets: {
    repository: (row) => (row.sourceType === 'Repository' ? row.sourceId : undefined),
    organization: (row) => (row.sourceType === 'Organization' ? row.sourceId : undefined),
  },
  /** `repository/<id>`, `organization/<id>`, `app/<id>` */
  hooks: { scope: (row) => `${row.scope}/${row.scopeId}` },
  hookDeliveries: { hook: (row) => row.hookId },
  rulesetVersions: { ruleset: (row) => row.rulesetId },
  ruleSuites: { repository: byRepository },
  pulls: {
    repository: byRepository,
    /** `<repository id>/<number>` */
    number: byNumber,
    /** `<head repository id>/<branch>` */
    head: (row) => `${row.headRepositoryId}/${row.headRef}`,
    /** `<repository id>/<branch>` */
    base: (row) => `${row.repositoryId}/${row.baseRef}`,
    /** `<repository id>/<sha>` */
    headSha: (row) => `${row.repositoryId}/${row.headSha}`,
  },
  reviews: { pull: (row) => row.pullId },
  reviewThreads: { pull: (row) => row.pullId },
  reviewComments: { pull: (row) => row.pullId, thread: (row) => row.threadId, review: (row) => row.reviewId },
  /** `<repository id>/<number>` */
  comments: { issue: (row) => `${row.repositoryId}/${row.issueNumber}` },
  issues: { repository: byRepository, number: byNumber },
  labels: { repository: byRepository },
  milestones: { repository: byRepository },
  /** A global id. */
  reactions: { subject: (row) => row.subject },
  deployKeys: { repository: byRepository },
  customProperties: { organization: (row) => row.organizationId },
  githubReleases: { repository: byRepository },
  /** `<repository id>/<sha>` */
  statuses: { commit: byCommit },
  checkSuites: { commit: byCommit },
  checkRuns: { commit: byCommit, suite: (row) => row.suiteId },
  environments: { repository: byRepository },
  /** `organization/<id>`, `repository/<id>`, `environment/<id>` */
  secrets: { scope: byScope },
  variables: { scope: byScope },
  deployments: { repository: byRepository },
  deploymentStatuses: { deployment: (row) => row.deploymentId },
  workflows: { repository: byRepository },
  runs: {
    repository: byRepository,
    /** The event's id. */
    event: (row) => row.eventId,
    workflow: (row) => row.workflowId,
    /** `<repository id>/<sha>` */
    headSha: (row) => `${row.repositoryId}/${row.headSha}`,
  },
  jobs: { run: (row) => row.runId },
  artifacts: { repository: byRepository, run: (row) => row.runId, blob: (row) => row.blob },
  caches: { repository: byRepository, blob: (row) => row.blob },
  pendingDeployments: { run: (row) => row.runId, job: (row) => row.jobId },
  outbox: {},
  events: {},
  signedCommits: { sha: (row) => row.sha },
  /** `<repository id>/refs/heads/<branch>` */
  branchPushes: { ref: (row) => `${row.repositoryId}/${row.ref}` },
  refIntents: { repository: byRepository },
};

const caseless = new Set(['login', 'slug', 'fullName']);

export const collectionNames = Object.keys(indexes) as readonly CollectionName[];

export function indexKeys(name: CollectionName, accounts: Accounts): IndexKeys<Row> {
  // Each table only ever holds rows of its own collection, which is what its key functions take.
  const keys = Object.entries(indexes[name]) as unknown as readonly [string, Key<Row>][];
  return Object.fromEntries(
    keys.map(([index, key]) => {
      const fold = (value: string | number) =>
        caseless.has(index) && typeof value === 'string' ? value.toLowerCase() : value;
      const of = (row: Row) => {
        const value = key(row, accounts);
        return value === undefined ? undefined : fold(value);
      };
      return [index, { of, fold }];
    }),
  );
}
