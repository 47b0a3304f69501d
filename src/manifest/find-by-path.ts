import { TrunklineError } from '../errors.ts';
import { narrow } from '../yaml/narrow.ts';
import {
  aliasOffset,
  locatePlace,
  parsePart,
  rootPlace,
  stepAlong,
  stepInto,
  type YamlPlace,
} from '../yaml/yaml-part.ts';
import { type Choice, chooseDocument } from './choose-document.ts';

/** Where a path of keys leads. @throws MANIFEST_INVALID where it leads nowhere */
export function findByPath(place: Choice & { readonly keys: readonly string[] }, text: string): YamlPlace {
  const range = chooseDocument(place, text, place.keys);
  const part = narrow(text, range, place.keys);
  const repeated = part.anchors.some((anchor) => aliasOffset(text, range, anchor) !== undefined);
  if (!repeated && (part.start !== range.start || part.end !== range.end)) {
    const found = stepAlong(rootPlace(parsePart(place.file, text, part, range)), part.keys);
    if (found !== undefined && found.shared === undefined) return found;
  }
  // Merge keys, aliases and lists are seen in the whole document only.
  const root = rootPlace(parsePart(place.file, text, range));
  const found = stepAlong(root, place.keys);
  if (found !== undefined) return found;
  throw new TrunklineError('MANIFEST_INVALID', `expected a pin at "${place.keys.join('.')}", found no such key`, {
    location: locatePlace(deepest(root, place.keys)),
    hint: `add it with an empty value: ${place.keys.reduceRight((inner, key) => (inner === '""' ? `${key}: ${inner}` : `${key}: { ${inner} }`), '""')}`,
  });
}

function deepest(root: YamlPlace, keys: readonly string[]): YamlPlace {
  let at = root;
  for (const key of keys) {
    const next = stepInto(at, key);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}
