import { TrunklineError } from '../errors.ts';
import type { Digest } from '../model/digest.ts';
import { findJson, type JsonPlace } from './json-scan.ts';
import { type Pin, parsePin, renderPin } from './pin.ts';

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
export function setJsonPin(
  file: string,
  text: string,
  keys: readonly string[],
  release: { readonly digest: Digest; readonly image?: string },
): string {
  const place = placeOf(file, text, keys);
  const before = pinAt(file, text, keys, place);
  if (before?.digest === release.digest) return text;
  const pin = renderPin(before, release.digest, release.image);
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
  const pin = typeof place.value === 'string' ? parsePin(place.value) : undefined;
  if (pin !== undefined) return pin;
  const before = text.slice(0, place.start).split('\n');
  throw new TrunklineError(
    'MANIFEST_INVALID',
    `expected an image like "ghcr.io/acme/api@sha256:…", a digest or "" at "${keys.join('.')}", found ${text.slice(place.start, Math.min(place.end, place.start + 80))}`,
    { location: { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 } },
  );
}

function example(keys: readonly string[]): string {
  return keys.reduceRight<string>((inner, key) => `{ ${JSON.stringify(key)}: ${inner} }`, '""');
}
