/** How long something took; times in milliseconds. `unknown`: how often it could not be told. */
export interface Spread {
  readonly count: number;
  readonly median: number | null;
  readonly p90: number | null;
  readonly unknown: number;
}

/** Median and ninth decile of times; what is undefined counts as unknown, what is negative too: clocks differ. */
export function spread(times: readonly (number | undefined)[]): Spread {
  const known = times.filter((one) => one !== undefined && one >= 0).sort((a, b) => (a ?? 0) - (b ?? 0));
  const at = (share: number): number | null =>
    known[Math.min(known.length - 1, Math.floor(known.length * share))] ?? null;
  return { count: known.length, median: at(0.5), p90: at(0.9), unknown: times.length - known.length };
}
