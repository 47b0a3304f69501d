import { TrunklineError } from '../../errors.ts';

/** What the policies' reports said on one day. */
export interface PolicyDay {
  /** `2026-11-25` */
  readonly day: string;
  readonly passed: number;
  readonly failed: number;
}

export interface Readiness {
  readonly go: boolean;
  /** Days in a row up to today on which something was looked at, and nothing failed. */
  readonly cleanDays: number;
  readonly reason: string;
}

/**
 * Whether audit of one policy may become enforce: nothing failed on so many days in a row, today the last. A day that nobody
 * has reports of, or on which nothing was looked at, ends the row: what was not seen is not clean. What failed on a day that
 * a clock calls tomorrow failed today.
 */
export function judgeReadiness(days: readonly PolicyDay[], today: string, wanted: number): Readiness {
  const byDay = new Map<string, PolicyDay>();
  for (const one of days) {
    const day = one.day > today && one.failed > 0 ? today : one.day;
    const { passed = 0, failed = 0 } = byDay.get(day) ?? {};
    byDay.set(day, { day, passed: passed + one.passed, failed: failed + one.failed });
  }
  let cleanDays = 0;
  for (let day = today; cleanDays < wanted; day = dayBefore(day)) {
    const found = byDay.get(day);
    const ended =
      found === undefined
        ? `no reports of ${day}`
        : found.failed > 0
          ? `${found.failed} failed on ${day}`
          : found.passed === 0
            ? `nothing was looked at on ${day}`
            : undefined;
    if (ended !== undefined)
      return { go: false, cleanDays, reason: `${cleanDays} clean days, ${wanted} wanted: ${ended}` };
    cleanDays += 1;
  }
  return { go: true, cleanDays, reason: `${cleanDays} clean days` };
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

interface ReportList {
  readonly items?: readonly {
    readonly results?: readonly { readonly policy?: string; readonly result?: string }[];
  }[];
}

/**
 * Counts what `kubectl get policyreports,clusterpolicyreports -A -o json` says of one policy.
 * @throws REPORT_INVALID for anything but such a list: without the PolicyReport resource nobody would see what fails
 */
export function readPolicyReports(file: string, text: string, policy: string): Omit<PolicyDay, 'day'> {
  let list: ReportList | undefined;
  try {
    list = JSON.parse(text) as ReportList;
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list?.items))
    throw new TrunklineError('REPORT_INVALID', 'expected a list of policy reports, found something else', {
      location: { file },
      hint: 'kubectl get policyreports,clusterpolicyreports -A -o json > reports/$(date -u +%F).json',
    });
  const counts = { passed: 0, failed: 0 };
  for (const { policy: of, result } of list.items.flatMap((one) => one?.results ?? [])) {
    if (of !== policy) continue;
    if (result === 'pass') counts.passed += 1;
    // `warn` and `error` are no passes: an image that could not be looked at would be refused, too.
    else if (result !== 'skip') counts.failed += 1;
  }
  return counts;
}
