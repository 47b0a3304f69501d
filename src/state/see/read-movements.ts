import { type Movement, movementsOf } from './movements.ts';
import type { Infra } from './open-infra.ts';
import { type CommitChanges, readPinChanges } from './pin-changes.ts';
import type { Snapshot } from './snapshot.ts';

export interface Movements {
  /** Newest first. */
  readonly all: readonly Movement[];
  /** Milliseconds since the epoch of the oldest commit that was looked at, where there are older ones. */
  readonly since: number | undefined;
}

export interface ReadMovementsOptions {
  /** First-parent commits looked at. */
  readonly commits: number;
  readonly bytes: number;
}

/** What one look back takes at most, unless told otherwise. */
export const usual: ReadMovementsOptions = { commits: 20_000, bytes: 512 * 1024 * 1024 };

/** Every change of a pin along the main line, as far back as the options allow. */
export async function readMovements(
  infra: Infra,
  snapshot: Snapshot,
  options: ReadMovementsOptions = usual,
): Promise<Movements> {
  const found: CommitChanges[] = [];
  const start = infra.objects.bytes;
  let count = 0;
  let since: number | undefined;
  for await (const one of readPinChanges(infra.folder, infra.commit, snapshot.layout, infra.objects, infra)) {
    count += 1;
    if (one.cut) {
      since = one.commit.at;
      break;
    }
    if (one.changes.length > 0) found.push(one);
    if (count >= options.commits || infra.objects.bytes - start > options.bytes) {
      since = one.commit.parents.length === 0 ? undefined : one.commit.at;
      break;
    }
  }
  return { all: movementsOf(snapshot.layout, found, since === undefined), since };
}
