import { TrunklineError } from '../errors.ts';
import { locationAt } from '../yaml/location-at.ts';
import { findJson, type JsonPlace } from './json-scan.ts';
import { isTagAlone, type Pin, type PinnedRelease, parsePinAt, renderPin } from './pin.ts';

/**
 * What a JSON manifest pins at a path of keys; undefined before the first release (`""` or `null`).
 * @throws MANIFEST_INVALID where the key is absent or holds anything else.
 */
export function readJsonPin(file: string, text: string, keys: readonly string[]): Pin | undefined {
  return pinAt(file, text, keys, placeOf(file, text, keys));
}

/**
 * The same text with the pin set: no byte outside the pinned scalar changes, and none at all where the digest is there.
 * `image` counts only for a first release, which has no name to keep. Errors as `readJsonPin`.
 */
export function setJsonPin(file: string, text: string, keys: readonly string[], release: PinnedRelease): string {
  const place = placeOf(file, text, keys);
  const before = pinAt(file, text, keys, place);
  if (before?.digest === release.digest) return text;
  if (isTagAlone(before)) {
    throw new TrunklineError('MANIFEST_INVALID', `expected a place for a digest at "${keys.join('.')}", found a tag`, {
      location: locationAt(file, text, place.start),
      hint: 'a tag alone names no release for good: let `path` lead to a key that takes an image by digest',
    });
  }
  const pin = renderPin(before, release);
  return `${text.slice(0, place.start)}${JSON.stringify(pin)}${text.slice(place.end)}`;
}

function placeOf(file: string, text: string, keys: readonly string[]): JsonPlace {
  const place = findJson(file, text, keys);
  if (place !== undefined) return place;
  throw new TrunklineError('MANIFEST_INVALID', `expected a pin at "${keys.join('.')}", found no such key`, {
    location: { file },
    hint: `add it with an empty value: ${example(keys)}`,
  });
}

function pinAt(file: string, text: string, keys: readonly string[], place: JsonPlace): Pin | undefined {
  if (place.value === null || place.value === '') return undefined;
  const pin = typeof place.value === 'string' ? parsePinAt(keys.at(-1) ?? '', place.value) : undefined;
  if (pin !== undefined) return pin;
  throw new TrunklineError(
    'MANIFEST_INVALID',
    `expected an image like "ghcr.io/acme/api@sha256:…", a digest or "" at "${keys.join('.')}", found ${text.slice(place.start, Math.min(place.end, place.start + 80))}`,
    { location: locationAt(file, text, place.start) },
  );
}

function example(keys: readonly string[]): string {
  return keys.reduceRight<string>((inner, key) => `{ ${JSON.stringify(key)}: ${inner} }`, '""');
}
