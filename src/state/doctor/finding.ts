import { TrunklineError } from '../../errors.ts';
import { statusOf } from '../../github/client.ts';

/** `unknown`: it could not be read, and `found` says why. */
export type FindingState = 'ok' | 'weak' | 'unknown';

/** One thing that was looked at. The shape of `doctor --json`. */
export interface Finding {
  /** Stable: what was looked at. */
  readonly id: string;
  readonly state: FindingState;
  /** What it is about: a repository, an environment, a service. */
  readonly subject: string;
  readonly found: string;
  /** What mends it. */
  readonly mend: string | null;
}

export function ok(id: string, subject: string, found: string): Finding {
  return { id, state: 'ok', subject, found, mend: null };
}

export function weak(id: string, subject: string, found: string, mend: string): Finding {
  return { id, state: 'weak', subject, found, mend };
}

export function unknown(id: string, subject: string, found: string, mend?: string): Finding {
  return { id, state: 'unknown', subject, found, mend: mend ?? null };
}

/** What was read, or why it could not be: which permission GitHub wants for it, where it says so. */
export type Read<T> = { readonly value: T } | { readonly missing: string; readonly status: number | undefined };

export async function reading<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (!(error instanceof TrunklineError)) throw error;
    return {
      missing: error.hint === undefined ? error.message : `${error.message} (${error.hint})`,
      status: statusOf(error),
    };
  }
}
