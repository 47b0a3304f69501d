import type { WorkflowEvent } from '../../protocol/event.ts';
import type { JobRecord, RunRecord } from '../../protocol/run.ts';

export interface WorkflowRow {
  readonly id: number;
  readonly repositoryId: number;
  readonly path: string;
  readonly name: string;
  readonly state: 'active' | 'deleted' | 'disabled_manually';
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A run, and what the API says of it beyond the protocol. */
export interface RunRow extends RunRecord {
  readonly repositoryId: number;
  readonly suiteId: number;
  readonly event: string;
  readonly pullRequests: readonly number[];
  /** Ids of the attempt's jobs are in the jobs collection, by run and attempt. */
  readonly headRepositoryId: number;
  /** What the current attempt runs again. */
  readonly rerun?: 'all' | 'failed' | number;
  /** Earlier attempts as they ended, oldest first. */
  readonly previousAttempts?: readonly Omit<RunRow, 'previousAttempts'>[];
}

export interface JobRow extends JobRecord {
  readonly repositoryId: number;
}

/** Of `actions/upload-artifact`; its bytes are the blob. */
export interface ArtifactRow {
  readonly id: number;
  readonly repositoryId: number;
  readonly runId: number;
  readonly attempt: number;
  readonly jobId: number;
  readonly name: string;
  /** Bytes; null until the upload is complete. */
  readonly size: number | null;
  /** `sha256:…` */
  readonly digest: string | null;
  readonly mimeType: string;
  readonly blob: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly expiresAt: string;
}

/** An entry of the Actions cache. */
export interface CacheRow {
  readonly id: number;
  readonly repositoryId: number;
  /** The scope: the ref of the run that saved it. */
  readonly ref: string;
  readonly key: string;
  /** Of what is in it: its paths and compression, hashed by the client. */
  readonly version: string;
  /** Bytes; null until the upload is complete. */
  readonly size: number | null;
  readonly blob: string;
  readonly createdAt: string;
  readonly accessedAt: string;
}

/** Events and commands that the runner has not settled. */
export interface OutboxRow {
  readonly id: number;
  readonly command:
    | { readonly kind: 'event'; readonly event: WorkflowEvent }
    | { readonly kind: 'cancel'; readonly runId: number; readonly force: boolean }
    | {
        readonly kind: 'rerun';
        readonly runId: number;
        readonly jobs: 'all' | 'failed' | number;
        readonly debug: boolean;
      };
}
