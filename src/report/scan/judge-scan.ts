import { atLeast, type Finding, type Kind, type ScanFacts, type Severity, severities } from './finding.ts';
import { covers, expired, type Waiver } from './waiver.ts';

export interface ScanPolicy {
  readonly kind: Kind;
  /** The weakest severity that stops. */
  readonly fail: Severity;
  /** Whether what has no severity stops: nobody knows that it is harmless. */
  readonly unknown: 'ignore' | 'fail';
  /** Whether what nobody can mend yet stops too. */
  readonly unfixed: 'ignore' | 'fail';
  /** Only secrets that were tried and work. */
  readonly verifiedOnly: boolean;
  readonly waivers: readonly Waiver[];
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** The report must be of this image. */
  readonly digest?: string;
  /** The report must not be older, in milliseconds. */
  readonly maxAge?: number;
}

export interface ScanVerdict {
  readonly ok: boolean;
  /** Of the kind that is judged, before anything is set aside. */
  readonly counts: Readonly<Record<Severity, number>>;
  /** The first of those that stop, worst first. */
  readonly blocking: readonly Finding[];
  readonly blockingCount: number;
  readonly aside: Readonly<Record<Aside, number>>;
  /** Findings of other kinds in the same reports: another gate's. */
  readonly others: Readonly<Partial<Record<Kind, number>>>;
  /** What is wrong with a report as a whole: of another image, too old. */
  readonly refusals: readonly string[];
  /** Waivers that would have covered something, had they not run out. */
  readonly expired: readonly Waiver[];
  /** Waivers that cover nothing any more. */
  readonly unused: readonly Waiver[];
}

/** Why a finding does not stop. */
export type Aside = 'below' | 'unknown' | 'unfixed' | 'waived' | 'suppressed' | 'unverified';

const kept = 1000;

/** Takes findings as they are read, and judges them one by one: a report may have millions. */
export class ScanJudge {
  readonly #policy: ScanPolicy;
  readonly #today: string;
  readonly #counts = Object.fromEntries(severities.map((one) => [one, 0])) as Record<Severity, number>;
  readonly #aside: Record<Aside, number> = {
    below: 0,
    unknown: 0,
    unfixed: 0,
    waived: 0,
    suppressed: 0,
    unverified: 0,
  };
  readonly #others: Partial<Record<Kind, number>> = {};
  readonly #blocking: Finding[] = [];
  readonly #refusals: string[] = [];
  readonly #used = new Set<Waiver>();
  #blockingCount = 0;

  constructor(policy: ScanPolicy) {
    this.#policy = policy;
    this.#today = new Date(policy.now).toISOString().slice(0, 10);
  }

  take(finding: Finding): void {
    if (finding.kind !== this.#policy.kind) {
      this.#others[finding.kind] = (this.#others[finding.kind] ?? 0) + 1;
      return;
    }
    this.#counts[finding.severity] += 1;
    const aside = this.#setAside(finding);
    if (aside !== undefined) {
      this.#aside[aside] += 1;
      return;
    }
    this.#blockingCount += 1;
    if (this.#blocking.length < kept) this.#blocking.push(finding);
  }

  /** To be said of each report once it is read. */
  about(file: string, { digests, scannedAt, tool }: ScanFacts): void {
    const { digest, maxAge, now } = this.#policy;
    if (digest !== undefined && !digests.includes(digest)) {
      const found = digests.length === 0 ? `none (${tool} names no digest in it)` : digests.join(', ');
      this.#refusals.push(`${file}: expected a scan of ${digest}, found ${found}`);
    }
    if (maxAge === undefined) return;
    const at = scannedAt === undefined ? Number.NaN : Date.parse(scannedAt);
    if (Number.isNaN(at)) this.#refusals.push(`${file}: expected the time of the scan, found none`);
    else if (now - at > maxAge) this.#refusals.push(`${file}: the scan of ${scannedAt} is too old`);
  }

  verdict(): ScanVerdict {
    const used = [...this.#used];
    const rank = (one: Finding): number => severities.indexOf(one.severity);
    return {
      ok: this.#blockingCount === 0 && this.#refusals.length === 0,
      counts: this.#counts,
      blocking: this.#blocking.toSorted((a, b) => rank(b) - rank(a)),
      blockingCount: this.#blockingCount,
      aside: this.#aside,
      others: this.#others,
      refusals: this.#refusals,
      expired: used.filter((one) => expired(one, this.#today)),
      unused: this.#policy.waivers.filter((one) => !this.#used.has(one)),
    };
  }

  #setAside(finding: Finding): Aside | undefined {
    const { fail, unknown, unfixed, verifiedOnly, waivers } = this.#policy;
    if (finding.suppressed) return 'suppressed';
    if (finding.severity === 'unknown') {
      if (unknown === 'ignore') return 'unknown';
    } else if (!atLeast(finding.severity, fail)) return 'below';
    if (verifiedOnly && finding.verified === false) return 'unverified';
    if (unfixed === 'ignore' && finding.fixed?.length === 0) return 'unfixed';
    const covering = waivers.filter((one) => covers(one, finding));
    for (const one of covering) this.#used.add(one);
    return covering.some((one) => !expired(one, this.#today)) ? 'waived' : undefined;
  }
}
