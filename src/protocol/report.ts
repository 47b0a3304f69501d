import type { JobRecord, RunRecord, StepRecord } from './run.ts';

/** What the lab tells whoever watches, as it happens. Times are milliseconds since the epoch. */
export type Report =
  | {
      readonly kind: 'run';
      readonly at: number;
      readonly run: RunRecord;
      /** Why GitHub would not start it. */
      readonly message?: string;
    }
  | { readonly kind: 'job'; readonly at: number; readonly run: RunRecord; readonly job: JobRecord }
  | {
      readonly kind: 'step';
      readonly at: number;
      readonly run: RunRecord;
      readonly job: JobRecord;
      readonly step: StepRecord;
      /** Milliseconds spent in the user's own command, for steps that are completed. */
      readonly commandMs?: number;
    }
  | {
      readonly kind: 'line';
      readonly at: number;
      readonly run: RunRecord;
      readonly job: JobRecord;
      readonly text: string;
    }
  /** A connection that a job asked for. */
  | {
      readonly kind: 'egress';
      readonly at: number;
      readonly host: string;
      readonly port: number;
      readonly verdict: 'lab' | 'registry' | 'allowed' | 'refused';
    };
