import type { Pin } from '../../manifest/pin.ts';
import { compareText } from '../../model/compare-text.ts';
import { releaseOf } from './layout.ts';
import type { Movement } from './movements.ts';
import type { Snapshot } from './snapshot.ts';
import type { Between } from './sources.ts';

/** A service in two environments. `direction` says how the second stands to the first. */
export interface Difference {
  readonly service: string;
  readonly first: Pin | undefined;
  readonly second: Pin | undefined;
  readonly state: 'same' | 'differs' | 'only in first' | 'only in second' | 'unknown';
  readonly direction: 'ahead' | 'behind' | 'diverged' | 'unknown' | undefined;
  /** What the direction is known by: the commits behind the releases, or the order in which releases came. */
  readonly by: 'commits' | 'history' | undefined;
  readonly between: Between | undefined;
}

/** Services of two environments side by side; the direction as far as the order of releases tells. */
export function differences(
  snapshot: Pick<Snapshot, 'places'>,
  movements: readonly Movement[],
  first: string,
  second: string,
): readonly Difference[] {
  const services = [
    ...new Set(snapshot.places.filter((one) => [first, second].includes(one.environment)).map((one) => one.service)),
  ];
  const at = (service: string, environment: string) =>
    snapshot.places.find((one) => one.service === service && one.environment === environment);
  const places = new Map(services.map((one) => [one, [at(one, first), at(one, second)] as const]));
  const ages = agesOf(movements);
  return services.sort(compareText).flatMap((service): readonly Difference[] => {
    const [one, other] = places.get(service) ?? [undefined, undefined];
    if (
      one?.pin === undefined &&
      other?.pin === undefined &&
      one?.problem === undefined &&
      other?.problem === undefined
    )
      return [];
    const state =
      one?.problem !== undefined || other?.problem !== undefined
        ? 'unknown'
        : one?.pin === undefined
          ? 'only in second'
          : other?.pin === undefined
            ? 'only in first'
            : releaseOf(one.pin) === releaseOf(other.pin)
              ? 'same'
              : 'differs';
    const direction = state === 'differs' ? byAge(ages.get(service), one?.pin, other?.pin) : undefined;
    return [
      {
        service,
        first: one?.pin,
        second: other?.pin,
        state,
        direction: state === 'differs' ? (direction ?? 'unknown') : undefined,
        by: direction === undefined ? undefined : 'history',
        between: undefined,
      },
    ];
  });
}

/** The same with what the commits behind the releases tell, which beats the order in which releases came. */
export function withBetween(difference: Difference, between: Between | undefined): Difference {
  if (between === undefined) return difference;
  const direction = between.direction === 'same' ? undefined : between.direction;
  return { ...difference, between, direction: direction ?? difference.direction, by: 'commits' };
}

/** When each release of a service was first pinned anywhere. */
function agesOf(movements: readonly Movement[]): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const ages = new Map<string, Map<string, number>>();
  // Newest first: what is written last is the oldest.
  for (const { service, before, after, commit } of movements) {
    const mine = ages.get(service) ?? new Map<string, number>();
    ages.set(service, mine);
    if (after !== undefined) mine.set(releaseOf(after), commit.at);
    // What was there before the oldest change is older than it.
    if (before !== undefined)
      mine.set(releaseOf(before), Math.min(mine.get(releaseOf(before)) ?? commit.at - 1, commit.at - 1));
  }
  return ages;
}

function byAge(
  ages: ReadonlyMap<string, number> | undefined,
  first: Pin | undefined,
  second: Pin | undefined,
): 'ahead' | 'behind' | undefined {
  const [one, other] = [first, second].map((pin) => (pin === undefined ? undefined : ages?.get(releaseOf(pin))));
  if (one === undefined || other === undefined || one === other) return undefined;
  return other > one ? 'ahead' : 'behind';
}
