import { type Pin, parsePinAt } from './pin.ts';

export interface DetectedPin {
  /** Keys that lead to the pin; its last, such as `image`, left out. */
  readonly service: string;
  /** All keys that lead to the pin. */
  readonly keys: readonly string[];
  readonly pin: Pin;
}

/** Every image that a JSON text names by digest, and by tag under a key that says `image`; none in what is no JSON. */
export function detectPins(text: string): readonly DetectedPin[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return [];
  }
  return walk(value, []);
}

function walk(value: unknown, keys: readonly string[]): readonly DetectedPin[] {
  if (typeof value === 'string') {
    const last = keys.at(-1) ?? '';
    const pin = parsePinAt(last, value);
    const named = /image|tag$/i.test(last);
    if (pin === undefined || (pin.digest === undefined && (pin.tag === undefined || !named))) return [];
    const service = (named || /digest|version/i.test(last) ? keys.slice(0, -1) : keys).join('.');
    return [{ service: service === '' ? (pin.image?.split('/').at(-1) ?? last) : service, keys, pin }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => walk(inner, [...keys, key]));
}
