import { isMap, isScalar, isSeq } from 'yaml';
import { TrunklineError } from '../errors.ts';
import { documentRanges } from '../yaml/narrow.ts';
import { parsePart, rootPlace, stepInto, textOf, type YamlPlace } from '../yaml/yaml-part.ts';
import { imageNode, readImageNode } from './image-node.ts';
import { type Pin, parsePinAt } from './pin.ts';

/** An image that a YAML text names, wherever it does. */
export interface YamlImage {
  /** Keys that lead to it: in lists, numbers. */
  readonly keys: readonly string[];
  /** Number of the document. */
  readonly document: number;
  readonly pin: Pin;
  /** `kind` and `metadata.name` of the document. */
  readonly object: { readonly kind?: string; readonly name?: string };
  /** `name` of the entry of a list that it stands in, such as a container's. */
  readonly entry?: string;
}

/**
 * Images by digest anywhere, and by tag where a key says `image` or `imageTag`, or the parts of one stand together. @throws MANIFEST_INVALID
 */
export function yamlImages(file: string, text: string): readonly YamlImage[] {
  return documentRanges(text).flatMap((range, document) => {
    const root = rootPlace(parsePart(file, text, range));
    const kind = textAt(root, ['kind']);
    const name = textAt(root, ['metadata', 'name']);
    const object = { ...(kind === undefined ? {} : { kind }), ...(name === undefined ? {} : { name }) };
    return walk(root, []).map((one) => ({ ...one, document, object }));
  });
}

type Found = Pick<YamlImage, 'keys' | 'pin' | 'entry'>;

function walk(place: YamlPlace, keys: readonly string[]): readonly Found[] {
  const { node } = place;
  if (place.shared?.by === 'alias') return [];
  const last = keys.at(-1) ?? '';
  if (isScalar(node)) {
    const pin = parsePinAt(last, textOf(node) ?? '');
    const named = /image(?:[-_]?tag)?$/i.test(last);
    if (pin === undefined || (pin.digest === undefined && !(named && pin.tag !== undefined))) return [];
    return [{ keys, pin }];
  }
  if (isSeq(node)) {
    return node.items.flatMap((_, index) => {
      const item = stepInto(place, String(index));
      if (item === undefined) return [];
      const entry = textAt(item, ['name']);
      return walk(item, [...keys, String(index)]).map((one) => ({ ...(entry === undefined ? {} : { entry }), ...one }));
    });
  }
  if (!isMap(node)) return [];
  // An environment's values may leave the repository to those that they are laid over.
  const image = (textAt(place, ['repository']) ?? '') !== '' || /image$/i.test(last);
  if (image && (node.has('tag') || node.has('digest'))) {
    const pin = tolerant(place);
    return pin === undefined ? [] : [{ keys, pin }];
  }
  return node.items.flatMap((pair) => {
    const key = textOf(pair.key);
    const inner = key === undefined || key === '<<' ? undefined : stepInto(place, key);
    return inner === undefined || key === undefined ? [] : walk(inner, [...keys, key]);
  });
}

function tolerant(place: YamlPlace): Pin | undefined {
  try {
    return readImageNode(imageNode(place));
  } catch (error) {
    if (error instanceof TrunklineError) return undefined;
    throw error;
  }
}

function textAt(place: YamlPlace, keys: readonly string[]): string | undefined {
  let at: YamlPlace | undefined = place;
  for (const key of keys) at = at === undefined || !isMap(at.node) ? undefined : stepInto(at, key);
  return at === undefined ? undefined : textOf(at.node);
}
