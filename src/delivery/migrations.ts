import { compareText } from '../model/compare-text.ts';
import type { Digest } from '../model/digest.ts';
import type { PublishedRelease } from './state.ts';

export interface Crossing {
  /** Releases marked incompatible that lie between, newest first. */
  readonly incompatible: readonly PublishedRelease[];
  /** Whether both ends are on record, so that nothing between can have been missed. */
  readonly known: boolean;
}

/** What going back from one release of a service to an earlier one would cross, by the records of both. */
export function crossing(
  published: readonly PublishedRelease[],
  service: string,
  from: Digest | undefined,
  to: Digest,
): Crossing {
  const own = published.filter((one) => one.service === service);
  const newestFirst = own.toSorted(after);
  const current = newestFirst.find((one) => one.digest === from);
  const target = newestFirst.findLast((one) => one.digest === to);
  if (current === undefined || target === undefined)
    return { incompatible: current?.incompatible === true ? [current] : [], known: false };
  const between = newestFirst.filter(
    (one) =>
      one.digest !== to &&
      after(one, target) < 0 &&
      after(current, one) <= 0 &&
      (one === current || one.ref === current.ref),
  );
  return { incompatible: between.filter((one) => one.incompatible === true), known: true };
}

/** Negative where the first was recorded later. */
function after(a: PublishedRelease, b: PublishedRelease): number {
  return compareText(b.at, a.at) || b.record - a.record;
}

export function describeMigration(release: PublishedRelease): string {
  const commit = release.source === undefined ? '' : ` of ${release.source.commit.slice(0, 7)}`;
  return `${release.digest.slice(7, 19)}${commit}`;
}
