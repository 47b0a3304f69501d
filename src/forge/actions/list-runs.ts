import type { RunRow } from '../rows.ts';

export interface RunFilter {
  readonly actor?: string | undefined;
  readonly branch?: string | undefined;
  readonly event?: string | undefined;
  /** A status or a conclusion. */
  readonly status?: string | undefined;
  /** `2026-01-01`, `>=2026-01-01T00:00:00Z`, `2026-01-01..2026-02-01`, either side `*`. */
  readonly created?: string | undefined;
  readonly head_sha?: string | undefined;
  readonly check_suite_id?: string | undefined;
}

/** Runs that match every given filter, newest first. */
export function filterRuns(runs: readonly RunRow[], filter: RunFilter): readonly RunRow[] {
  const { actor, branch, event, status, created, head_sha, check_suite_id } = filter;
  const within = created === undefined ? undefined : readRange(created);
  return runs
    .filter(
      (run) =>
        (actor === undefined || run.actor.login.toLowerCase() === actor.toLowerCase()) &&
        (branch === undefined || run.headBranch === branch) &&
        (event === undefined || run.event === event) &&
        (status === undefined || run.status === status || run.conclusion === status) &&
        (head_sha === undefined || run.headSha === head_sha) &&
        (check_suite_id === undefined || String(run.suiteId) === check_suite_id) &&
        (within === undefined || within(Date.parse(run.createdAt))),
    )
    .toReversed();
}

const day = 24 * 60 * 60 * 1000;

/** GitHub's search syntax for dates; a date without a time means the whole day (UTC). */
function readRange(text: string): (at: number) => boolean {
  const span = /^(.+)\.\.(.+)$/.exec(text);
  if (span?.[1] !== undefined && span[2] !== undefined) {
    const from = span[1] === '*' ? Number.NEGATIVE_INFINITY : firstOf(span[1]);
    const to = span[2] === '*' ? Number.POSITIVE_INFINITY : lastOf(span[2]);
    return (at) => at >= from && at <= to;
  }
  const [, sign = '', date = ''] = /^(>=|<=|>|<)?(.*)$/.exec(text) ?? [];
  if (sign === '>=') return (at) => at >= firstOf(date);
  if (sign === '>') return (at) => at > lastOf(date);
  if (sign === '<=') return (at) => at <= lastOf(date);
  if (sign === '<') return (at) => at < firstOf(date);
  return (at) => at >= firstOf(date) && at <= lastOf(date);
}

function firstOf(date: string): number {
  return Date.parse(date);
}

function lastOf(date: string): number {
  return /T/.test(date) ? Date.parse(date) : Date.parse(date) + day - 1;
}
