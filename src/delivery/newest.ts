import { compareText } from '../model/compare-text.ts';
import type { PublishedRelease, Step } from './state.ts';

export interface Newest {
  /** One release for each service and ref. */
  readonly chosen: readonly PublishedRelease[];
  /** What was passed over, and for which. */
  readonly superseded: readonly { readonly release: PublishedRelease; readonly by: PublishedRelease }[];
}

/**
 * The newest release of each service and ref by ancestry, whatever order they arrived in; where ancestry tells nothing
 * (unrelated, unreadable), by the time of the record. `compare` says how its second stands to its first.
 */
export async function chooseNewest(
  waiting: readonly PublishedRelease[],
  compare: (from: PublishedRelease, to: PublishedRelease) => Promise<Step>,
): Promise<Newest> {
  const groups = new Map<string, PublishedRelease[]>();
  for (const release of [...waiting].sort((a, b) => compareText(b.at, a.at) || b.record - a.record)) {
    const key = JSON.stringify([release.service, release.ref, release.repository]);
    groups.set(key, [...(groups.get(key) ?? []), release]);
  }
  const chosen: PublishedRelease[] = [];
  const superseded: { release: PublishedRelease; by: PublishedRelease }[] = [];
  for (const [first, ...others] of groups.values()) {
    if (first === undefined) continue;
    let newest = first;
    for (const other of others) {
      if (other.source?.commit !== newest.source?.commit && (await compare(newest, other)).ancestry === 'newer')
        newest = other;
    }
    chosen.push(newest);
    superseded.push(...[first, ...others].filter((one) => one !== newest).map((release) => ({ release, by: newest })));
  }
  return { chosen, superseded };
}
