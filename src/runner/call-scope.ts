import type { Permissions } from '../protocol/run.ts';
import type { Workflow } from '../workflow/model.ts';

/** A workflow whose jobs are run: the one that the event started, or one that a job called. */
export interface CallScope {
  readonly workflow: Workflow;
  /** `owner/name`, and the commit its file was read from. */
  readonly repository: string;
  readonly sha: string;
  /** `owner/repo/path@ref` */
  readonly ref: string;
  /** Before each job's name: `caller / `. */
  readonly prefix: string;
  /** The `inputs` context. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What a caller passed; undefined where the job sees all secrets of its repository. */
  readonly secrets: CallSecrets | undefined;
  /** The most that a job may ask for: what the calling job has. */
  readonly permissions: Permissions | undefined;
  /** 1 for the event's workflow. */
  readonly level: number;
  /** Concurrency groups that the callers hold. */
  readonly groups: readonly string[];
  /** Aborted when the run is cancelled, or the call: its matrix failed fast, or its concurrency group was taken. */
  readonly cancel: AbortSignal;
  /** A job before the calling one was run again, so all of these are. */
  readonly dirty: boolean;
}

/** Secrets as a call passes them: each a template that the calling job's own secrets fill. */
export type CallSecrets = (all: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;

/** GitHub's limit: the event's workflow and nine levels of called ones. */
export const callLevels = 10;

/** What later jobs see of a job. */
export interface JobOutcome {
  readonly result: 'success' | 'failure' | 'cancelled' | 'skipped';
  readonly outputs: Readonly<Record<string, string>>;
  /** It was run in this attempt, not taken from the one before. */
  readonly fresh: boolean;
}
