import { type Digest, isDigest } from '../../model/digest.ts';
import type { Seen } from './layout.ts';

const length = 'sha256:'.length + 64;
const chunk = 4096;

/**
 * What the older text of a manifest says, without reading it: known where it differs from the newer in the digits of
 * one digest that stands in it once and that one place has. Undefined where that is not so. Hexadecimal digits end
 * no scalar in any format, so everything else is read as it was.
 */
export function sameButDigest(older: Buffer, newer: Buffer, seen: readonly Seen[]): readonly Seen[] | undefined {
  if (older.length !== newer.length) return undefined;
  const at = firstDifference(older, newer);
  if (at === undefined) return seen;
  const from = Math.max(0, at - length);
  const around = newer.toString('latin1', from, at + length);
  const found = [...around.matchAll(/sha256:[0-9a-f]{64}(?![0-9a-f])/g)].find(
    (match) => from + match.index <= at && at < from + match.index + length,
  );
  if (found === undefined) return undefined;
  const [start, after] = [from + found.index, found[0]];
  const before = older.toString('latin1', start, start + length);
  if (!isDigest(before) || !older.subarray(start + length).equals(newer.subarray(start + length))) return undefined;
  if (newer.indexOf(after) !== start || newer.indexOf(after, start + 1) !== -1) return undefined;
  const places = seen.flatMap(({ pin }, index) => (pin?.digest === after ? [index] : []));
  const [index] = places;
  const place = index === undefined ? undefined : seen[index];
  if (index === undefined || place?.pin === undefined || places.length !== 1) return undefined;
  return seen.with(index, {
    ...place,
    pin: { ...place.pin, text: place.pin.text.replace(after, before), digest: before as Digest },
  });
}

/** In large steps first: comparing bytes one by one is what would take the time. */
function firstDifference(a: Buffer, b: Buffer): number | undefined {
  for (let start = 0; start < a.length; start += chunk) {
    const end = Math.min(a.length, start + chunk);
    if (a.compare(b, start, end, start, end) === 0) continue;
    for (let at = start; at < end; at++) if (a[at] !== b[at]) return at;
  }
  return undefined;
}
