import type { Pin } from '../../manifest/pin.ts';
import { parseSource, type Source } from '../../model/release.ts';
import { parseTrailers, trailers } from '../../model/trailer.ts';
import { type Layout, type PlaceName, releaseOf } from './layout.ts';
import { type Commit, type CommitChanges, keyOf } from './pin-changes.ts';

/**
 * What a change of a pin was, by what was pinned before and not by what it says of itself:
 * `first` release of a place; `bump` where releases enter; `promotion` of what the environment before had; `past`: never
 * seen in the environment before; `rollback` to an older release; `revert`: a rollback by git's own revert; `again`:
 * forward to a release that was there before; `hotfix` where its trailer says so; `removed`; `change` where history is
 * too short to tell.
 */
export type MovementKind =
  | 'first'
  | 'bump'
  | 'promotion'
  | 'past'
  | 'rollback'
  | 'revert'
  | 'again'
  | 'hotfix'
  | 'removed'
  | 'change';

/** One place's pin changed by one commit. */
export interface Movement extends PlaceName {
  readonly commit: Commit;
  readonly file: string;
  readonly kind: MovementKind;
  readonly before?: Pin;
  readonly after?: Pin;
  /** By the commit's trailers: a hint. */
  readonly source?: Source;
}

/** Kinds that bring something new. */
export const forward: ReadonlySet<MovementKind> = new Set(['bump', 'promotion', 'past', 'again', 'hotfix', 'change']);
export const backward: ReadonlySet<MovementKind> = new Set(['rollback', 'revert']);

/** Recognises what each change was. `commits` newest first, as they are read; so are the movements. */
export function movementsOf(
  layout: Pick<Layout, 'environments'>,
  commits: readonly CommitChanges[],
  complete: boolean,
): readonly Movement[] {
  const feeds = new Map(layout.environments.map((one) => [one.name, one.from]));
  /** Releases of a place in the order in which they first came. */
  const seen = new Map<string, Map<string, number>>();
  const movements: Movement[] = [];
  const see = (place: PlaceName, pin: Pin | undefined): void => {
    if (pin === undefined) return;
    const key = keyOf(place.service, place.environment);
    const releases = seen.get(key) ?? new Map<string, number>();
    seen.set(key, releases);
    if (!releases.has(releaseOf(pin))) releases.set(releaseOf(pin), releases.size);
  };
  for (const { commit, changes } of commits.toReversed()) {
    // What a commit promotes may have come to the environment before with it.
    const kinds = changes.map((change) => backOrAgain(seen.get(keyOf(change.service, change.environment)), change));
    for (const change of changes) {
      see(change, change.before);
      see(change, change.after);
    }
    const said = parseTrailers(commit.message);
    const source = parseSource(said.get(trailers.source) ?? '');
    for (const [index, change] of [...changes.entries()].reverse()) {
      const from = feeds.get(change.environment);
      const there = from === undefined ? undefined : seen.get(keyOf(change.service, from));
      const after = change.after === undefined ? undefined : releaseOf(change.after);
      movements.push({
        ...change,
        commit,
        kind: kindOf(change, kinds[index], {
          reverted: /^This reverts commit [0-9a-f]{7,64}/m.test(commit.message),
          hotfix: said.get(trailers.change) === 'hotfix',
          from: from !== undefined,
          there: after !== undefined && there?.has(after) === true,
          complete,
        }),
        ...(source === undefined ? {} : { source }),
      });
    }
  }
  return movements.reverse();
}

type Change = { readonly before?: Pin; readonly after?: Pin };

function backOrAgain(
  releases: ReadonlyMap<string, number> | undefined,
  { before, after }: Change,
): 'back' | 'again' | undefined {
  if (before === undefined || after === undefined) return undefined;
  const [was, is] = [releases?.get(releaseOf(before)), releases?.get(releaseOf(after))];
  if (is === undefined) return undefined;
  return was === undefined || is < was ? 'back' : 'again';
}

function kindOf(
  change: Change,
  back: 'back' | 'again' | undefined,
  facts: {
    readonly reverted: boolean;
    readonly hotfix: boolean;
    readonly from: boolean;
    readonly there: boolean;
    readonly complete: boolean;
  },
): MovementKind {
  if (change.after === undefined) return 'removed';
  if (back === 'back') return facts.reverted ? 'revert' : 'rollback';
  if (facts.hotfix) return 'hotfix';
  if (back === 'again') return 'again';
  if (change.before === undefined) return facts.complete ? 'first' : 'change';
  if (!facts.from) return 'bump';
  if (facts.there) return 'promotion';
  return facts.complete ? 'past' : 'change';
}
