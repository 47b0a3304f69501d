import { type Coverage, totals } from './coverage.ts';

/** A share that is wanted, exact: 79.95 % is 7995 of 10 000. */
export interface Share {
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** As it was written, in percent. */
  readonly text: string;
}

/** Undefined for what is no percentage from 0 to 100. */
export function parseShare(text: string): Share | undefined {
  const found = /^(\d{1,3})(?:\.(\d{1,6}))?$/.exec(text);
  if (found === null) return undefined;
  const decimals = found[2] ?? '';
  const share = {
    numerator: BigInt(`${found[1]}${decimals}`),
    denominator: 100n * 10n ** BigInt(decimals.length),
    text,
  };
  return share.numerator > share.denominator ? undefined : share;
}

export interface CoverageVerdict {
  readonly ok: boolean;
  readonly covered: number;
  readonly total: number;
  /** In percent with one decimal, never rounded up: what is shown as 80.0 is not less. */
  readonly percent: string;
  readonly minimum: string;
  /** How many more would have to be reached. */
  readonly short: number;
}

/** Exact at the boundary: 80 of 100 is enough for 80, 79 999 of 100 000 is not. */
export function judgeCoverage(coverage: Coverage, minimum: Share): CoverageVerdict {
  const { covered, total } = totals(coverage);
  const wanted = ceilDivide(minimum.numerator * BigInt(total), minimum.denominator);
  const short = Number(wanted) - covered;
  return {
    ok: short <= 0,
    covered,
    total,
    percent: percentOf(covered, total),
    minimum: minimum.text,
    short: Math.max(0, short),
  };
}

export function percentOf(covered: number, total: number): string {
  const tenths = (BigInt(covered) * 1000n) / BigInt(total);
  return `${tenths / 10n}.${tenths % 10n}`;
}

function ceilDivide(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
